#!/usr/bin/env bash
# The server as a process: its first line, its flags, its end.
#
# usage: server_test.sh SERVER
set -euo pipefail

fail() {
  echo "FAILED: $1" >&2
  exit 1
}

# start FLAGS...: sets `server` to the process and `ready` to its first line.
start() {
  exec {output}< <(exec "$binary" "$@")
  server=$!
  read -rt 20 -u $output ready || fail "no line from the server"
}

# stop SIGNAL: the server must exit with 0 and print nothing more.
stop() {
  kill -s "$1" $server
  wait $server || fail "exit code $? after SIG$1"
  [[ -z $(cat <&$output) ]] || fail "more than one line"
}

# get PATH: prints the answer to an unsigned request.
get() {
  exec {socket}<>"/dev/tcp/127.0.0.1/$port"
  printf 'GET %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n' "$1" >&$socket
  cat <&$socket
  exec {socket}>&-
}

# post PATH BODY: the same with a body.
post() {
  exec {socket}<>"/dev/tcp/127.0.0.1/$port"
  printf 'POST %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s' \
    "$1" "${#2}" "$2" >&$socket
  cat <&$socket
  exec {socket}>&-
}

set_port() {
  [[ $ready =~ \"endpoint\":\"http://127\.0\.0\.1:([0-9]+)\" ]] || fail "no endpoint: $ready"
  port=${BASH_REMATCH[1]}
}

binary=$1

echo "== faithful: signatures are verified"
start --account=123456789012 --region=eu-west-1
set_port
[[ $ready == *'"region":"eu-west-1"'* ]] || fail "$ready"
[[ $ready == *'"access_key_id":"AKIAIOSFODNN7EXAMPLE"'* ]] || fail "$ready"
[[ $(get /cluster) == *MissingAuthenticationTokenException* ]] || fail "let in unsigned"

echo "== a taken port"
code=0
errors=$("$binary" --port="$port" 2>&1) || code=$?
((code == 1)) || fail "exit code $code"
[[ $errors == *"port $port of 127.0.0.1"*taken* ]] || fail "$errors"

stop TERM

echo "== localstack: signatures are not verified; the port is free again"
start --profile=localstack --port="$port"
[[ $ready == *"\"endpoint\":\"http://127.0.0.1:$port\""* ]] || fail "$ready"
[[ $ready == *'"access_key_id":"test"'*'"secret_access_key":"test"'* ]] || fail "$ready"
[[ $(get /cluster) == *'{"clusters":[]}' ]] || fail "no list of clusters"
# A connection without a request does not keep it from stopping.
# Nothing reads it: it only is open.
# shellcheck disable=SC2034
exec {idle}<>"/dev/tcp/127.0.0.1/$port"
stop INT

echo "== a data_dir: the same clusters, at the same port, after SIGKILL"
data=$(mktemp -d)
trap 'rm -rf "$data"' EXIT
start --profile=localstack --data-dir="$data/kept"
set_port
before=$port
post /cluster '{"deletionProtectionEnabled":false}' | grep -q '"arn"' || fail "no cluster"
clusters=$(get /cluster | tail -n 1)
kill -s KILL $server
wait $server || true
start --profile=localstack --data-dir="$data/kept"
set_port
[[ $port == "$before" ]] || fail "port $port, not $before"
[[ $(get /cluster | tail -n 1) == "$clusters" ]] || fail "$(get /cluster)"
code=0
errors=$("$binary" --data-dir="$data/kept" 2>&1) || code=$?
((code == 1)) || fail "two processes on one data_dir"
[[ $errors == *"in use by process $server"* ]] || fail "$errors"
stop TERM

echo "== flags that cannot be"
for flag in --profile=other --region=US --account=1 --port=65536 stray; do
  code=0
  errors=$("$binary" "$flag" 2>&1) || code=$?
  ((code == 1)) || fail "exit code $code with $flag"
  [[ -n $errors ]] || fail "no message with $flag"
done
