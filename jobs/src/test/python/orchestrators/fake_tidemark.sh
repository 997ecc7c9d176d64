#!/bin/sh
# Stands in for Tidemark where only its exit code counts. FAKE_CODES are the exit codes of the calls, one after another, then 0; `kill` is one
# that gets SIGKILL. Each call is a line of FAKE_LOG.
echo "$*" >>"$FAKE_LOG"
calls=$(wc -l <"$FAKE_LOG")
# shellcheck disable=SC2086 # a list
set -- "$@" -- ${FAKE_CODES:-}
summary=
while [ "$1" != -- ]; do
  if [ "$1" = --summary ]; then
    summary=$2
  fi
  shift
done
shift
while [ "$calls" -gt 1 ] && [ $# -gt 0 ]; do
  shift
  calls=$((calls - 1))
done
code=${1:-0}
if [ "$code" = kill ]; then
  kill -KILL $$
fi
case $code in
  0) status="done" ;;
  3) status=gate_failed ;;
  4) status=not_ready ;;
  *) status=failed ;;
esac
if [ -n "$summary" ]; then
  echo "{\"status\":\"$status\",\"exit_code\":$code,\"error\":{\"message\":\"fake $status\"}}" >"$summary"
fi
exit "$code"
