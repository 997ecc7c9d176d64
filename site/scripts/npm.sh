#!/bin/sh
# npm.sh WITHOUT_TESTS SCRIPT: runs a script of package.json, after installing what the lock file names where that
# is not there yet. WITHOUT_TESTS = true leaves out what only the tests need.
set -eu
cd "${0%/*}/.."

fail() {
  echo "site: $1" >&2
  exit 1
}

for tool in node npm; do
  command -v "$tool" >/dev/null 2>&1 \
    || fail "no $tool on the PATH. The catalogue site is bundled with Node 18 or later and its npm: install them, and try again"
done
major=$(node --print 'process.versions.node.split(".")[0]')
[ "$major" -ge 18 ] || fail "$(command -v node) is Node $(node --version), and the catalogue site needs 18 or later"

# The lock that node_modules was made of, written last; `all` with what the tests need.
all=node_modules/.made-of-all
part=node_modules/.made-of-part
if ! cmp -s package-lock.json "$all" && { [ "$1" != true ] || ! cmp -s package-lock.json "$part"; }; then
  if [ "$1" = true ]; then
    made=$part
    set -- "$1" "$2" --omit=dev
  else
    made=$all
    set -- "$1" "$2"
  fi
  rm -f "$all" "$part"
  # No package needs a script of its own to be installed; what does not run can do no harm.
  npm ci --ignore-scripts --no-audit --no-fund --prefer-offline --loglevel=error ${3:-} >&2 \
    || fail "npm ci failed; what npm said stands above"
  cp package-lock.json "$made"
fi
exec npm run --silent "$2"
