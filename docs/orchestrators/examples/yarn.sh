#!/bin/sh
# One task on YARN: the view's ticks of one interval. Arguments: START END, such as 2024-03-05T00:00:00Z 2024-03-06T00:00:00Z.
# The project is shipped to the driver's machine as an archive: tar -czf shop.tar.gz -C shop .
set -eu
: "${1:?START, such as 2024-03-05T00:00:00Z}" "${2:?END, such as 2024-03-06T00:00:00Z}"
exec spark-submit \
  --master yarn --deploy-mode cluster \
  --name "tidemark customer_spend.v1 $1" \
  --driver-memory 2g --executor-memory 4g --executor-cores 2 --num-executors 4 \
  --conf spark.yarn.maxAppAttempts=1 \
  --conf spark.yarn.submit.waitAppCompletion=true \
  --archives shop.tar.gz#shop \
  --class dev.tidemark.jobs.Main tidemark-0.1.0-SNAPSHOT.jar \
  materialize customer_spend.v1 --start "$1" --end "$2" \
  --project shop --env prod --summary "hdfs:///tidemark/runs/customer_spend.v1/$1.json"
