#!/bin/sh
# Writes what the launcher's JVM loads to an archive, TARGET/launched.jsa. Those that integration
# tests start share it: reading and checking Spark's classes is most of what a short command does.
#
# usage: share-classes.sh TARGET JVM-OPTIONS
set -eu
target=$1
archive=$target/launched.jsa
shop=$target/launched
jar=$(ls "$target"/tidemark-[0-9]*.jar | tail -n 1)
[ -z "$(find "$archive" -newer "$jar" 2>/dev/null)" ] || exit 0

rm -rf "$shop" "$archive"
launcher=$target/../bin/tidemark
"$launcher" init --project "$shop" >"$target/launched.log" 2>&1
TIDEMARK_HEAP=1g TIDEMARK_JAVA_OPTS="$2 -XX:ArchiveClassesAtExit=$archive" \
  "$launcher" build --all --project "$shop" >>"$target/launched.log" 2>&1 || {
  cat "$target/launched.log" >&2
  exit 1
}
rm -rf "$shop"
