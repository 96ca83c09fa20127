# shellcheck shell=bash
# Sourced by the tests that run AWS's CLI.

# Skips the test; where DSQL_TEST_REQUIRE_TOOLS is set, fails it.
skip() {
  echo "SKIPPED: $1. ./bazelw test //testing/sdk/... sets it up."
  [[ -z ${DSQL_TEST_REQUIRE_TOOLS:-} ]] || exit 1
  exit 0
}

# find_aws_cli PACKAGE_LOCK: puts `aws` on PATH, the one of the lock file, which
# bazelw has set up, or else the user's, and sets `aws_python_path` to where its
# modules are, "" for where Python looks anyway. Fails with a reason on standard
# output.
find_aws_cli() {
  local digest home cli
  home=$(getent passwd "$(id -u)" | cut -d: -f6)
  read -r digest _ < <(sha256sum "$1")
  cli=${DSQL_SDK_NODE_MODULES:-$home/.cache/fakedsql/npm/$digest/node_modules}/.awscli/awscli/aws
  aws_python_path=
  if [[ -e $cli ]]; then
    # shellcheck disable=SC2034
    aws_python_path=${cli%/*}
    mkdir -p "$TEST_TMPDIR/bin"
    # It names a Python that only AWS Lambda has.
    printf '#!/bin/sh\nexec python3 -sE "%s" "$@"\n' "$cli" >"$TEST_TMPDIR/bin/aws"
    chmod +x "$TEST_TMPDIR/bin/aws"
    export PATH=$TEST_TMPDIR/bin:$PATH
  else
    export PATH=$PATH:$home/.local/bin:$home/.pyenv/shims:/opt/homebrew/bin HOME=$home
  fi
  # Nothing of the user's configuration, and no other machine.
  export AWS_CONFIG_FILE=/dev/null AWS_SHARED_CREDENTIALS_FILE=/dev/null
  export AWS_EC2_METADATA_DISABLED=true AWS_PAGER=
  if ! command -v aws >/dev/null; then
    echo "the AWS CLI was not found in $PATH"
  elif ! aws dsql list-streams --region us-east-1 --cluster-identifier x \
    --generate-cli-skeleton output >/dev/null 2>&1; then
    echo "the AWS CLI does not know the streams of DSQL: $(aws --version 2>&1)"
  else
    return 0
  fi
  return 1
}
