#!/usr/bin/env bash
# Runs the snippets of dsql/docs/control-plane.md for the AWS CLI, JavaScript and
# Python against examples/server, and starts it as the page says. What is not installed is skipped with a reason, and
# fails the test where DSQL_TEST_REQUIRE_TOOLS is set.
#
# usage: readme_test.sh SERVER PAGE PACKAGE_LOCK AWS_CLI_SH
set -euo pipefail

readonly server=$1 page=$2 lock=$3

home=$(getent passwd "$(id -u)" | cut -d: -f6)
# shellcheck source=testing/sdk/aws_cli.sh
source "$4"

# snippet NAME: the code block that follows the marker of that name.
snippet() {
  local text
  text=$(awk -v marker="<!-- readme_test: $1 -->" '
    $0 == marker { found = 1; next }
    found && /^```/ { if (inside) exit; inside = 1; next }
    inside { print }' "$page")
  [[ -n $text ]] || { echo "the page has no snippet $1" >&2; exit 1; }
  printf '%s\n' "$text"
}

start_server() {
  local ready=$TEST_TMPDIR/ready line
  mkfifo "$ready"
  "$server" --port=0 >"$ready" &
  trap 'kill %1 2>/dev/null; wait || true' EXIT
  read -rt 30 line <"$ready"
  field() { sed -E "s/.*\"$1\":\"([^\"]*)\".*/\1/" <<<"$line"; }
  DSQL_ENDPOINT=$(field endpoint)
  AWS_ACCESS_KEY_ID=$(field access_key_id)
  AWS_SECRET_ACCESS_KEY=$(field secret_access_key)
  export DSQL_ENDPOINT AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY
}

# missing WHAT: a tool that is not there.
missing() {
  echo "SKIPPED: $1; ./bazelw sets it up"
  [[ -z ${DSQL_TEST_REQUIRE_TOOLS:-} ]] || exit 1
}

run_cli() {
  local code reason=$TEST_TMPDIR/reason
  code=$(snippet cli)
  find_aws_cli "$lock" >"$reason" || { missing "$(<"$reason")" && return; }
  [[ $(bash -euc "$code") == *ACTIVE* ]] || { echo "the CLI's snippet failed" >&2; exit 1; }
}

run_javascript() {
  local node=${DSQL_SDK_NODE:-$(command -v node || true)} digest modules directory
  read -r digest _ < <(sha256sum "$lock")
  modules=${DSQL_SDK_NODE_MODULES:-$home/.cache/fakedsql/npm/$digest/node_modules}
  directory=$TEST_TMPDIR/javascript
  mkdir "$directory"
  snippet javascript >"$directory/snippet.mjs"
  if [[ ! -x $node || ! -d $modules ]]; then
    missing "no node, or no packages in $modules"
    return
  fi
  ln -s "$modules" "$directory/node_modules"
  [[ $("$node" "$directory/snippet.mjs") == 'psql "host=127.'* ]] ||
    { echo "the snippet for JavaScript failed" >&2; exit 1; }
}

run_python() {
  local code status
  code=$(snippet python)
  # The CLI has it within its own package, whose import makes it known.
  if [[ -n $aws_python_path ]]; then
    export PYTHONPATH=$aws_python_path
    code=$'import awscli\n'$code
  fi
  python3 -c "${code%%session = *}" 2>/dev/null || { missing "no botocore" && return; }
  status=$(python3 -c "$code")
  [[ $status == ACTIVE ]] || { echo "the snippet for Python printed '$status'" >&2; exit 1; }
}

# members JSON: the names of an object's members.
members() { grep -oE '"[a-z_]+":' <<<"$1"; }

# The command of the page, but for the port, which may be taken, and what it
# prints.
run_server() {
  local text arguments ready=$TEST_TMPDIR/ready_too line
  text=$(snippet server)
  [[ $text =~ ^"./bazelw run //examples:server -- --port="[0-9]+(.*)$'\n'("{".*)$ ]] ||
    { echo "unexpected: $text" >&2; exit 1; }
  read -ra arguments <<<"${BASH_REMATCH[1]}"
  local printed=${BASH_REMATCH[2]}
  mkfifo "$ready"
  "$server" --port=0 "${arguments[@]}" >"$ready" &
  local pid=$!
  read -rt 30 line <"$ready"
  kill "$pid"
  wait "$pid" 2>/dev/null || true
  [[ $(members "$line") == "$(members "$printed")" ]] ||
    { echo "the server printed $line" >&2; exit 1; }
}

run_server
start_server
run_cli
run_python
run_javascript
