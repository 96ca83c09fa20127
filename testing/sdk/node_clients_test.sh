#!/usr/bin/env bash
# Runs node_clients_test.mjs against examples/server, with the node and the
# packages that bazelw has set up. Where there are none it says so and passes,
# unless DSQL_TEST_REQUIRE_TOOLS is set.
#
# usage: node_clients_test.sh SERVER SCRIPT PACKAGE_LOCK
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
[[ -d $modules/pg ]] || skip "$modules has no pg"

export AWS_CONFIG_FILE=/dev/null AWS_SHARED_CREDENTIALS_FILE=/dev/null
export AWS_EC2_METADATA_DISABLED=true

ready=$TEST_TMPDIR/ready
mkfifo "$ready"
"$1" --port=0 >"$ready" &
trap 'kill %1 2>/dev/null; wait || true' EXIT
read -rt 30 line <"$ready"
field() { sed -E "s|.*\"$1\":\"([^\"]*)\".*|\1|; s|\\\\/|/|g" <<<"$line"; }
DSQL_ENDPOINT=$(field endpoint)
AWS_ACCESS_KEY_ID=$(field access_key_id)
AWS_SECRET_ACCESS_KEY=$(field secret_access_key)
NODE_EXTRA_CA_CERTS=$(field ca_file)
export DSQL_ENDPOINT AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY NODE_EXTRA_CA_CERTS
"$node" "$2" "$modules"
