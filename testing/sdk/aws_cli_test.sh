#!/usr/bin/env bash
# Runs the commands of LocalStack's guide to Aurora DSQL with AWS's own CLI against
# examples/server, and checks what they print. Where there is no CLI it says so
# and passes, unless DSQL_TEST_REQUIRE_TOOLS is set.
#
# usage: aws_cli_test.sh SERVER AWS_CLI_SH PACKAGE_LOCK
set -euo pipefail

# shellcheck source=testing/sdk/aws_cli.sh
source "$2"
reason=$TEST_TMPDIR/reason
find_aws_cli "$3" >"$reason" || skip "$(<"$reason")"
export AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test AWS_DEFAULT_REGION=us-east-1

ready=$TEST_TMPDIR/ready
rm -f "$ready"
"$1" --profile=localstack >"$ready" &
server=$!
trap 'kill $server 2>/dev/null; wait $server 2>/dev/null || true' EXIT
until [[ -s $ready ]]; do
  kill -0 $server || exit 1
  read -rt 0.05 <> <(:) || true
done
[[ $(<"$ready") =~ \"endpoint\":\"([^\"]*)\" ]]
url=${BASH_REMATCH[1]}

# awslocal dsql ... of the guide.
dsql() { aws --endpoint-url "$url" --output text dsql "$@"; }

fail() {
  echo "FAILED: $1" >&2
  exit 1
}

# expect WHAT PATTERN: WHAT, printed by a command, must match.
expect() {
  [[ $1 =~ ^$2$ ]] || fail "expected $2, got: $1"
}

# The names of the members that a command prints.
# shellcheck disable=SC2016
members() { dsql "$@" --query 'join(`,`, sort(keys(@)))'; }

# expect_error PATTERN COMMAND...
expect_error() {
  local pattern=$1 text
  shift
  if text=$(dsql "$@" 2>&1); then fail "succeeded: $*"; fi
  [[ $text =~ $pattern ]] || fail "expected $pattern, got: $text"
}

uuid='[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}'

echo "== create, get and list clusters"
expect "$(members create-cluster)" \
  arn,creationTime,deletionProtectionEnabled,encryptionDetails,endpoint,identifier,status
id=$(dsql list-clusters --query 'clusters[0].identifier')
expect "$id" "$uuid"
arn=arn:aws:dsql:us-east-1:000000000000:cluster/$id
dsql wait cluster-active --identifier "$id"
expect "$(members get-cluster --identifier "$id")" \
  arn,creationTime,deletionProtectionEnabled,encryptionDetails,endpoint,identifier,status,tags
expect "$(dsql get-cluster --identifier "$id" --query \
  '[identifier,arn,status,deletionProtectionEnabled,encryptionDetails.encryptionType,encryptionDetails.encryptionStatus,to_string(tags)]')" \
  "$id"$'\t'"$arn"$'\t'ACTIVE$'\t'True$'\t'AWS_OWNED_KMS_KEY$'\t'ENABLED$'\t'"\{\}"
expect "$(dsql list-clusters --query 'to_string(clusters[].sort(keys(@)))')" \
  '\[\["arn","identifier"\]\]'

echo "== psql"
endpoint=$(dsql get-cluster --identifier "$id" --query endpoint)
psql=$(command -v psql || compgen -G '/usr/lib/postgresql/*/bin/psql' | tail -1 || true)
if [[ -n $psql ]]; then
  rows=$(PGPASSWORD="test" "$psql" -qAt -d test -U test -h "${endpoint%:*}" -p "${endpoint#*:}" \
    -c "CREATE TABLE employees (id integer, name text)" \
    -c "INSERT INTO employees (id, name) VALUES (1, 'Alice')" \
    -c "SELECT id, name FROM employees")
  expect "$rows" '1\|Alice'
else
  [[ -z ${DSQL_TEST_REQUIRE_TOOLS:-} ]] || fail "there is no psql"
  echo "no psql: the cluster was not connected to"
fi

echo "== deletion protection"
expect_error "ValidationException.*deletion protection" delete-cluster --identifier "$id"
dsql update-cluster --identifier "$id" --no-deletion-protection-enabled >/dev/null
expect "$(dsql get-cluster --identifier "$id" --query deletionProtectionEnabled)" False
expect "$(members delete-cluster --identifier "$id")" arn,creationTime,identifier,status
dsql wait cluster-not-exists --identifier "$id"
expect_error "ResourceNotFoundException" get-cluster --identifier "$id"

echo "== tags and keys"
arn=$(dsql create-cluster --tags Name=my-cluster,Env=dev --no-deletion-protection-enabled --query arn)
id=${arn#*/}
dsql tag-resource --resource-arn "$arn" --tags Team=platform
expect "$(aws --endpoint-url "$url" dsql list-tags-for-resource --resource-arn "$arn" --output json |
  tr -d ' \n')" '\{"tags":\{"Env":"dev","Name":"my-cluster","Team":"platform"\}\}'
dsql untag-resource --resource-arn "$arn" --tag-keys Env Team
expect "$(dsql list-tags-for-resource --resource-arn "$arn" --query 'keys(tags)')" Name
key=arn:aws:kms:us-east-1:000000000000:key/1234abcd-12ab-34cd-56ef-1234567890ab
expect "$(dsql create-cluster --kms-encryption-key $key --no-deletion-protection-enabled --query \
  '[encryptionDetails.encryptionType,encryptionDetails.kmsKeyArn]')" \
  CUSTOMER_MANAGED_KMS_KEY$'\t'$key

echo "== policies"
policy='{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::000000000000:root"},"Action":"dsql:DbConnect","Resource":"*"}]}'
expect "$(members put-cluster-policy --identifier "$id" --policy "$policy")" policyVersion
expect "$(members get-cluster-policy --identifier "$id")" policy,policyVersion
[[ $(dsql get-cluster-policy --identifier "$id" --query policy) == "$policy" ]] ||
  fail "the policy came back changed"
expect "$(members delete-cluster-policy --identifier "$id")" policyVersion

echo "== streams"
stream() {
  "$@" --cluster-identifier "$id" --ordering UNORDERED --format JSON --target-definition \
    '{"kinesis":{"streamArn":"arn:aws:kinesis:us-east-1:000000000000:stream/my-stream","roleArn":"arn:aws:iam::000000000000:role/dsql-stream-role"}}'
}
expect "$(stream members create-stream)" \
  arn,clusterIdentifier,creationTime,format,ordering,status,streamIdentifier
stream dsql create-stream >/dev/null
mapfile -t streams < <(dsql list-streams --cluster-identifier "$id" --page-size 1 \
  --query 'streams[].streamIdentifier' | tr '\t' '\n')
expect "${#streams[@]}" 2
expect "${streams[0]}" "$uuid"
dsql wait stream-active --cluster-identifier "$id" --stream-identifier "${streams[0]}"
expect "$(dsql get-stream --cluster-identifier "$id" --stream-identifier "${streams[0]}" --query \
  '[status,ordering,format]')" ACTIVE$'\t'UNORDERED$'\t'JSON
for one in "${streams[@]}"; do
  dsql delete-stream --cluster-identifier "$id" --stream-identifier "$one" >/dev/null
done
dsql wait stream-not-exists --cluster-identifier "$id" --stream-identifier "${streams[0]}"

echo "== Kinesis"
kinesis() { aws --endpoint-url "$url" kinesis --output text "$@"; }
kinesis create-stream --stream-name s --shard-count 1
kinesis wait stream-exists --stream-name s
printf hello >"$TEST_TMPDIR/data"
kinesis put-record --stream-name s --partition-key k --data "fileb://$TEST_TMPDIR/data" >/dev/null
shard=$(kinesis list-shards --stream-name s --query 'Shards[].ShardId')
iterator=$(kinesis get-shard-iterator --stream-name s --shard-id "$shard" \
  --shard-iterator-type TRIM_HORIZON --query ShardIterator)
expect "$(kinesis get-records --shard-iterator "$iterator" --query 'Records[].Data' | base64 -d)" hello
kinesis delete-stream --stream-name s
kinesis wait stream-not-exists --stream-name s

echo "== the rest"
expect "$(dsql get-vpc-endpoint-service-name --identifier "$id" --query '[serviceName,clusterVpcEndpoint]')" \
  "com.amazonaws.us-east-1.dsql"$'\t'"vpce-local.$id.dsql.us-east-1.vpce.amazonaws.com"
mapfile -t clusters < <(dsql list-clusters --page-size 1 --query 'clusters[].identifier' | tr '\t' '\n')
expect "${#clusters[@]}" 2
# Another Region is another place.
expect "$(dsql list-clusters --region eu-west-1 --query 'length(clusters)')" 0

kill $server
wait $server || fail "the server did not end well"
trap - EXIT
echo "all commands of the guide work"
