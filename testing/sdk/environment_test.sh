#!/usr/bin/env bash
# AWS's CLI and psql as children of a test, with nothing but what Environment()
# gives them. What is not installed is skipped with a reason, and fails the test
# where DSQL_TEST_REQUIRE_TOOLS is set.
#
# usage: environment_test.sh PROGRAM AWS_CLI_SH PACKAGE_LOCK
set -euo pipefail

readonly program=$1
# shellcheck source=testing/sdk/aws_cli.sh
source "$2"
reason=$TEST_TMPDIR/reason
find_aws_cli "$3" >"$reason" || skip "$(<"$reason")"

unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN AWS_PROFILE
unset AWS_REGION AWS_DEFAULT_REGION AWS_ENDPOINT_URL PGHOST PGPORT PGSERVICE

# expect PATTERN COMMAND: what the command prints in that environment.
expect() {
  local output
  output=$("$program" "$2") || { echo "FAILED: $2" >&2; exit 1; }
  [[ $output =~ ^$1$ ]] || { echo "FAILED: $2: expected $1, got: $output" >&2; exit 1; }
}

# Neither an endpoint nor a Region nor a key on the command line.
expect "[a-z0-9]{26}" "aws dsql list-clusters --query 'clusters[].identifier' --output text"
# The cluster that PGHOST leads to is the one that the CLI sees.
# shellcheck disable=SC2016
expect "ACTIVE" '
  id=$(aws dsql list-clusters --query "clusters[0].identifier" --output text)
  endpoint=$(aws dsql get-cluster --identifier "$id" --query endpoint --output text)
  test "$endpoint" = "$PGHOST" -o "$endpoint" = "$PGHOST:$PGPORT"
  aws dsql get-cluster --identifier "$id" --query status --output text'
expect "0" "aws kinesis list-streams --query 'length(StreamNames)' --output text"

psql=$(command -v psql || compgen -G '/usr/lib/postgresql/*/bin/psql' | tail -1 || true)
if [[ -z $psql ]]; then
  [[ -z ${DSQL_TEST_REQUIRE_TOOLS:-} ]] || { echo "there is no psql" >&2; exit 1; }
  echo "no psql: the cluster was not connected to"
else
  expect "admin" "'$psql' -XqAtc 'SELECT current_user'"
fi
