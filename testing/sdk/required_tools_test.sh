#!/usr/bin/env bash
# The tests of this folder where there is neither node nor AWS's CLI: they pass
# with a reason, and fail where DSQL_TEST_REQUIRE_TOOLS is set.
#
# usage: required_tools_test.sh SERVER PACKAGE_LOCK PAGE
set -euo pipefail

readonly server=$1 lock=$2 page=$3 tests=${2%/*}

# A CLI that is older than DSQL.
mkdir "$TEST_TMPDIR/old"
printf '#!/bin/sh\necho aws-cli/2.9.19; exit 252\n' >"$TEST_TMPDIR/old/aws"
chmod +x "$TEST_TMPDIR/old/aws"
export PATH=$TEST_TMPDIR/old:$PATH
export DSQL_SDK_NODE=/nonexistent DSQL_SDK_NODE_MODULES=/nonexistent

# expect STATUS TEST ARGUMENT...: the status that a test ends with, and its reason.
expect() {
  local expected=$1 name=$2 output status=0
  shift 2
  output=$(TEST_TMPDIR=$(mktemp -d -p "$TEST_TMPDIR") bash "$tests/$name" "$@" 2>&1) || status=$?
  if [[ $status != "$expected" || $output != *SKIPPED:* ]]; then
    echo "FAILED: $name ended with $status, not $expected: $output" >&2
    exit 1
  fi
}

# expect_all STATUS
expect_all() {
  expect "$1" aws_cli_test.sh "$server" "$tests/aws_cli.sh" "$lock"
  expect "$1" readme_test.sh "$server" "$page" "$lock" "$tests/aws_cli.sh"
  expect "$1" sdk_test.sh "$server" "$tests/sdk_test.mjs" "$lock"
  expect "$1" node_clients_test.sh "$server" "$tests/node_clients_test.mjs" "$lock"
}

unset DSQL_TEST_REQUIRE_TOOLS
expect_all 0
export DSQL_TEST_REQUIRE_TOOLS=1
expect_all 1
