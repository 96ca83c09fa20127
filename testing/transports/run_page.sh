#!/usr/bin/env bash
# Opens a page in headless Chromium and prints what its console tells between
# RESULT and END.
#
# usage: run_page.sh CHROMIUM CERTUTIL URL HOST ADDRESS AUTHORITY
#   HOST leads to ADDRESS; AUTHORITY, a file of PEM, is trusted; empty: nobody is
#   but whom the browser trusts anyway.
set -euo pipefail

readonly chromium=$1 certutil=$2 url=$3 host=$4 address=$5 authority=$6

home=$(mktemp -d)
browser=
# shellcheck disable=SC2317 # It is a trap's.
finish() {
  exec 2>/dev/null # Bash tells that the browser was killed.
  [[ -z $browser ]] || kill -KILL -- "-$browser" || true
  wait || true
  # Other processes of the browser may still write for a moment.
  local try
  for try in {1..1000}; do
    rm -rf "$home" && return
  done
  echo "$home is left, after $try attempts"
}
trap finish EXIT
export HOME=$home TMPDIR=$home

if [[ -n $authority ]]; then
  mkdir -p "$home/.pki/nssdb"
  "$certutil" -d "sql:$home/.pki/nssdb" -N --empty-password
  "$certutil" -d "sql:$home/.pki/nssdb" -A -n fakedsql -t C,, -i "$authority"
fi

# A group of its own: the browser is several processes. Its port of debugging
# keeps it open.
mkfifo "$home/log"
set -m
"$chromium" --no-sandbox --disable-gpu --disable-dev-shm-usage \
  --user-data-dir="$home/data" --enable-logging=stderr --remote-debugging-port=0 \
  --host-resolver-rules="MAP $host $address" "$url" 2>"$home/log" &
browser=$!
set +m
lines=
while read -rt 30 line; do
  if [[ $line =~ RESULT\ (.*)\ END ]]; then
    printf '%s\n' "${BASH_REMATCH[1]}"
    exit
  fi
  lines+=$line$'\n'
done <"$home/log"
printf 'the page told nothing:\n%s' "$lines"
exit 1
