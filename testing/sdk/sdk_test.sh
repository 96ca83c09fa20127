#!/usr/bin/env bash
# Runs sdk_test.mjs with the node and the packages that bazelw has set up. Where
# there are none it says so and passes, unless DSQL_TEST_REQUIRE_TOOLS is set.
#
# usage: sdk_test.sh SERVER SCRIPT PACKAGE_LOCK
set -euo pipefail

skip() {
  echo "SKIPPED: $1. ./bazelw test //testing/sdk/... sets it up."
  [[ -z ${DSQL_TEST_REQUIRE_TOOLS:-} ]] || exit 1
  exit 0
}

node=${DSQL_SDK_NODE:-$(command -v node || true)}
[[ -x $node ]] || skip "node was not found"

read -r digest _ < <(sha256sum "$3")
home=$(getent passwd "$(id -u)" | cut -d: -f6)
modules=${DSQL_SDK_NODE_MODULES:-$home/.cache/fakedsql/npm/$digest/node_modules}
[[ -d $modules/@aws-sdk/client-dsql ]] || skip "$modules has no @aws-sdk/client-dsql"

# Nothing of the user's configuration.
export AWS_CONFIG_FILE=/dev/null AWS_SHARED_CREDENTIALS_FILE=/dev/null
exec "$node" "$PWD/$2" "$PWD/$1" "$modules"
