#!/bin/sh
# One task on Kubernetes by spark-submit, without the operator. Arguments: START END.
# The image is Spark's, with the jar and the project in it: see Dockerfile beside this.
set -eu
: "${1:?START, such as 2024-03-05T00:00:00Z}" "${2:?END, such as 2024-03-06T00:00:00Z}"
exec spark-submit \
  --master "k8s://${KUBERNETES_API:?such as https://10.0.0.1:6443}" --deploy-mode cluster \
  --name tidemark-customer-spend \
  --conf spark.kubernetes.namespace=features \
  --conf spark.kubernetes.container.image="${IMAGE:?such as registry.example.com/tidemark-shop:1}" \
  --conf spark.kubernetes.authenticate.driver.serviceAccountName=spark \
  --conf spark.kubernetes.submission.waitAppCompletion=true \
  --conf spark.kubernetes.driver.secretKeyRef.KEY_ID=lake:id \
  --conf spark.kubernetes.driver.secretKeyRef.SECRET=lake:secret \
  --conf spark.executor.instances=4 --conf spark.executor.memory=4g --conf spark.executor.cores=2 \
  --class dev.tidemark.jobs.Main local:///opt/tidemark/tidemark.jar \
  materialize customer_spend.v1 --start "$1" --end "$2" \
  --project /opt/tidemark/shop --env prod --summary "s3a://acme/runs/customer_spend.v1/$1.json"
