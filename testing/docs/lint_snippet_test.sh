#!/usr/bin/env bash
# Runs the command of dsql/docs/dialect.md that lints SQL files, by the program
# that it has bazelw run.
#
# usage: lint_snippet_test.sh LINT PAGE
set -euo pipefail

readonly lint=$PWD/$1 page=$2
readonly BAZEL="./bazelw run //examples:lint -- "

command=$(grep -F "$BAZEL" "$page") || { echo "$page has no '$BAZEL'" >&2; exit 1; }
[[ $command == "$BAZEL"* ]] || { echo "not a command: $command" >&2; exit 1; }

mkdir -p "$TEST_TMPDIR/project/schema"
cd "$TEST_TMPDIR/project"
echo "CREATE TABLE t (a int);" >schema/a.sql
printf 'SELECT 1;\n  CREATE INDEX i ON t (a);\n' >schema/b.sql

if output=$(bash -euc "\"$lint\" ${command#"$BAZEL"}"); then
  echo "nothing was found: $output" >&2
  exit 1
fi
[[ $output == "$PWD/schema/b.sql:2:3: "*"CREATE INDEX ASYNC"* ]] ||
  { echo "unexpected: $output" >&2; exit 1; }
