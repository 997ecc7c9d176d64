#!/bin/sh
# One task on a standalone cluster, with the driver here. Its exit code is Tidemark's.
# Arguments: PROJECT START END. Variables: MASTER, JAR.
set -eu
: "${1:?PROJECT}" "${2:?START}" "${3:?END}"
exec spark-submit \
  --master "${MASTER:?such as spark://lead:7077}" \
  --conf spark.sql.shuffle.partitions=8 \
  --class dev.tidemark.jobs.Main "${JAR:?tidemark-VERSION.jar}" \
  materialize customer_spend.v1 --start "$2" --end "$3" --project "$1"
