#!/usr/bin/env bash
# Each test that dsql/docs/clients.md names is there, and each row of its tables
# names one.
#
# usage: page_test.sh PAGE TEST...
set -euo pipefail

page=$1
shift
status=0

fail() {
  echo "$page: $1" >&2
  status=1
}

names=$(grep -oE '[A-Za-z]+Test\.[A-Za-z0-9]+' "$page" | sort -u)
[[ -n $names ]] || fail "names no test"
for name in $names; do
  grep -qE "TEST_F\(${name%.*}, ${name#*.}\)" "$@" || fail "there is no $name"
done

# A heading's row is followed by one of dashes.
while IFS= read -r row; do
  [[ $row =~ Test\.[A-Za-z0-9]+ ]] || fail "no test holds: $row"
done < <(awk '/^\|/ { if (heading && !/^\|-/) print; heading = heading || /^\|-/ }
              !/^\|/ { heading = 0 }' "$page")
exit "$status"
