#!/bin/sh
# One task on a standalone cluster, with the driver on a worker. The exit code is that of the summary, which Spark does not hand on.
# Arguments: PROJECT START END SUMMARY, all of them where the workers see them. Variables: MASTER, JAR.
set -eu
: "${1:?PROJECT}" "${2:?START}" "${3:?END}" "${4:?SUMMARY, a file}"
rm -f "$4"
spark-submit \
  --master "${MASTER:?such as spark://lead:7077}" --deploy-mode cluster \
  --conf spark.standalone.submit.waitAppCompletion=true \
  --conf spark.sql.shuffle.partitions=8 \
  --class dev.tidemark.jobs.Main "${JAR:?tidemark-VERSION.jar}" \
  materialize customer_spend.v1 --start "$2" --end "$3" --project "$1" --summary "file://$4"
# A driver that was killed leaves none: worth another try.
[ -s "$4" ] || exit 137
exit "$(sed -n 's/.*"exit_code":\([0-9]*\).*/\1/p' "$4")"
