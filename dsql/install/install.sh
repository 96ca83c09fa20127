#!/usr/bin/env bash
# Installs FakeDsql for projects that do not build with Bazel:
#
#   ./bazelw run //dsql:install -- --prefix=DIR [--destdir=DIR]
#
# Under the prefix: include/dsql, lib/libfakedsql.a and .so, the test kit
# lib/libfakedsql_test_environment.a and _testing.a, and what pkg-config and CMake read. The tree may be
# moved: no file of it names the prefix. Nothing is written elsewhere.
#
# --prefix=DIR   where it goes; a relative path is one of where you are
# --destdir=DIR  written in front of the prefix, for who makes packages
set -euo pipefail

# What users include; with it goes what it includes. Relative to the runfiles.
readonly PUBLIC_HEADERS=("dsql/fake_dsql.h" "dsql/version.h"
  "dsql/auth_token_options.h" "dsql/change_stream.h" "dsql/cluster_snapshot.h"
  "dsql/fake_dsql_snapshot.h" "dsql/dsql_client.h" "dsql/vpc_endpoint.h"
  "dsql/aws/errors.h"
  "dsql/base/clock.h" "dsql/base/id_generator.h" "dsql/base/sql_error.h"
  "dsql/control/call_log.h" "dsql/control/cluster_manager.h"
  "dsql/control/policy_manager.h" "dsql/control/stream_manager.h"
  "dsql/control/tag_manager.h"
  "dsql/control/fault_injector.h" "dsql/gateway/session/connection_faults.h"
  "dsql/gateway/session/sql_log.h" "dsql/iam/auth_token.h"
  "dsql/iam/assume_role.h" "dsql/iam/credentials.h" "dsql/jobs/job_hold.h"
  "dsql/kms/key_policy.h" "dsql/kms/kms.h" "dsql/kms/kms_error.h"
  "dsql/occ/transaction_controls.h" "dsql/postgres/retry.h"
  "dsql/postgres/server_pool.h" "dsql/schema/apply_schema.h"
  "dsql/schema/migrations.h" "dsql/schema/seed.h" "dsql/sql/lint.h"
  "dsql/storage/directory_storage.h" "dsql/storage/in_memory_storage.h"
  "dsql/storage/postgres/postgres_storage.h"
  "dsql/streams/change_record_sink.h" "dsql/streams/kinesis_sink.h"
  "dsql/streams/kinesis/kinesis.h" "dsql/testing/*.h")
readonly TEMPLATES=dsql/install

die() {
  printf 'install: %s\n' "$*" >&2
  exit 1
}

usage() {
  die "$*
usage: ./bazelw run //dsql:install -- --prefix=DIR [--destdir=DIR]"
}

# Sets `root`, the directory that everything is written to.
parse_arguments() {
  local argument prefix='' destdir=''
  for argument in "$@"; do
    case $argument in
      --prefix=*) prefix=${argument#*=} ;;
      --destdir=*) destdir=${argument#*=} ;;
      *) usage "'$argument' is no option" ;;
    esac
  done
  [[ -n $prefix ]] || usage "--prefix is missing: the directory to install to"
  if [[ -n $destdir ]]; then
    [[ $prefix == /* ]] || usage "with --destdir the prefix must be absolute: '$prefix'"
    prefix=$destdir$prefix
  fi
  # Bazel runs this elsewhere than where the user is.
  [[ $prefix == /* ]] || prefix=${BUILD_WORKING_DIRECTORY:-$PWD}/$prefix
  root=$prefix
}

# The headers that a header of ours includes.
included_by() { sed -nE 's/^#[[:space:]]*include "(dsql\/[^"]+)".*/\1/p' "$1"; }

# Sets `headers` to PUBLIC_HEADERS and all that they include of ours.
find_headers() {
  local -A seen=()
  local waiting=() header
  mapfile -t waiting < <(for header in "${PUBLIC_HEADERS[@]}"; do compgen -G "$header"; done)
  headers=()
  while ((${#waiting[@]})); do
    header=${waiting[-1]}
    unset 'waiting[-1]'
    [[ -z ${seen[$header]:-} ]] || continue
    seen[$header]=yes
    [[ -e $header ]] || die "$header is included, but no target of //:testing has it"
    headers+=("$header")
    mapfile -t -O "${#waiting[@]}" waiting < <(included_by "$header")
  done
}

# put MODE FILE TO: installs a file as TO under the prefix.
put() { install -D -m "$1" "$2" "$root/$3"; }

# fill TEMPLATE TO: installs a template with the version in it.
fill() {
  sed "s/@VERSION@/$version/g" "$TEMPLATES/$1" >"$filled"
  put 644 "$filled" "$2"
}

install_headers() {
  local header
  for header in "${headers[@]}"; do
    put 644 "$header" "include/$header"
  done
}

install_libraries() {
  local name
  for name in fakedsql fakedsql_test_environment fakedsql_testing fakedsql_storage_conformance; do
    put 644 "dsql/install/lib$name.a" "lib/lib$name.a"
  done
  put 755 dsql/install/libfakedsql.so lib/libfakedsql.so
}

install_descriptions() {
  fill fakedsql.pc.in lib/pkgconfig/fakedsql.pc
  fill fakedsql_test_environment.pc.in lib/pkgconfig/fakedsql_test_environment.pc
  fill fakedsql_testing.pc.in lib/pkgconfig/fakedsql_testing.pc
  fill FakeDsqlConfig.cmake.in lib/cmake/FakeDsql/FakeDsqlConfig.cmake
  fill FakeDsqlConfigVersion.cmake.in lib/cmake/FakeDsql/FakeDsqlConfigVersion.cmake
  put 644 LICENSE share/doc/fakedsql/LICENSE
}

parse_arguments "$@"
mkdir -p "$root" || die "cannot make the directory $root"
[[ -w $root ]] || die "$root cannot be written to by $(id -un)"
cd "$0.runfiles/dsql" || die "run it by ./bazelw run //dsql:install"
version=$(sed -nE 's/^#define FAKEDSQL_VERSION "(.*)"$/\1/p' dsql/version.h)
filled=$(mktemp)
trap 'rm -f "$filled"' EXIT
find_headers
install_headers
install_libraries
install_descriptions
echo "FakeDsql $version is in $root: ${#headers[@]} headers and 5 libraries"
