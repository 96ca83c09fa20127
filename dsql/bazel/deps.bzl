"""The libraries that FakeDsql links, as Bazel repositories.

dsql_deps() defines each of them under the name that the Bazel world knows it
by (com_google_absl, com_google_protobuf, boost, ...), backed by the packages of
the distribution. A repository that the calling WORKSPACE has already defined is
left alone, so a project that builds its own Abseil keeps it:

    local_repository(name = "dsql", path = "...")
    load("@dsql//dsql/bazel:deps.bzl", "dsql_deps")
    dsql_deps()
"""

load("//dsql/bazel:installed.bzl", "installed_libraries", "installed_pg_query", "installed_protobuf", "native_rules_cc")

# Every target of Abseil links all of its shared objects, which costs 3 ms at the
# start of a process. Not --as-needed: it breaks binaries that Bazel links
# dynamically, where a library's needs are not the executable's.
_ABSL_LIBRARIES = [
    "bad_any_cast_impl",
    "bad_optional_access",
    "bad_variant_access",
    "base",
    "city",
    "civil_time",
    "cord",
    "cord_internal",
    "debugging_internal",
    "demangle_internal",
    "exponential_biased",
    "flags_commandlineflag",
    "flags_commandlineflag_internal",
    "flags_config",
    "flags_internal",
    "flags_marshalling",
    "flags_parse",
    "flags_private_handle_accessor",
    "flags_program_name",
    "flags_reflection",
    "flags_usage",
    "flags_usage_internal",
    "graphcycles_internal",
    "hash",
    "hashtablez_sampler",
    "int128",
    "log_severity",
    "low_level_hash",
    "malloc_internal",
    "random_distributions",
    "random_internal_platform",
    "random_internal_pool_urbg",
    "random_internal_randen",
    "random_internal_randen_hwaes",
    "random_internal_randen_hwaes_impl",
    "random_internal_randen_slow",
    "random_internal_seed_material",
    "random_seed_gen_exception",
    "random_seed_sequences",
    "raw_hash_set",
    "raw_logging_internal",
    "spinlock_wait",
    "stacktrace",
    "status",
    "statusor",
    "str_format_internal",
    "strerror",
    "strings",
    "strings_internal",
    "symbolize",
    "synchronization",
    "throw_delegate",
    "time",
    "time_zone",
]

_ABSL_TARGETS = {
    "absl/algorithm": ["container"],
    "absl/base": ["base", "config", "core_headers"],
    "absl/cleanup": ["cleanup"],
    "absl/container": ["btree", "fixed_array", "flat_hash_map", "flat_hash_set", "inlined_vector"],
    "absl/flags": ["flag", "parse", "usage"],
    "absl/functional": ["bind_front", "function_ref"],
    "absl/hash": ["hash"],
    "absl/memory": ["memory"],
    "absl/meta": ["type_traits"],
    "absl/numeric": ["int128"],
    "absl/random": ["random"],
    "absl/status": ["status", "statusor"],
    "absl/strings": ["cord", "str_format", "strings"],
    "absl/synchronization": ["synchronization"],
    "absl/time": ["time"],
    "absl/types": ["optional", "span", "variant"],
}

def _absl():
    linkopts = ["-labsl_" + library for library in _ABSL_LIBRARIES]
    return {
        package + ":" + target: linkopts
        for package, targets in _ABSL_TARGETS.items()
        for target in targets
    }

# name -> (a header that must be there, Debian package, {package:target: linkopts})
_LIBRARIES = {
    "com_google_absl": ("absl/base/config.h", "libabsl-dev", _absl()),
    "com_google_googletest": ("gmock/gmock.h", "libgmock-dev", {
        ":gtest": ["-lgmock", "-lgtest", "-pthread"],
        ":gtest_main": ["-lgmock_main", "-lgmock", "-lgtest", "-pthread"],
    }),
    "com_github_google_benchmark": ("benchmark/benchmark.h", "libbenchmark-dev", {
        ":benchmark": ["-lbenchmark", "-pthread"],
        ":benchmark_main": ["-lbenchmark_main", "-lbenchmark", "-pthread"],
    }),
    "com_googlesource_code_re2": ("re2/re2.h", "libre2-dev", {":re2": ["-lre2"]}),
    "postgresql": ("postgresql/libpq-fe.h", "libpq-dev", {":libpq": ["-lpq"]}),
    "sqlite3": ("sqlite3.h", "libsqlite3-dev", {":sqlite3": ["-lsqlite3"]}),
    # libboost-json1.81-dev brings libboost1.81-dev, the headers of the others.
    "boost": ("boost/json.hpp", "libboost-json1.81-dev", {
        ":asio": ["-pthread"],
        ":beast": [],
        ":crc": [],
        ":endian": [],
        ":json": ["-lboost_json"],
        ":uuid": [],
    }),
    "openssl": ("openssl/ssl.h", "libssl-dev", {
        ":crypto": ["-lcrypto"],
        ":ssl": ["-lssl", "-lcrypto"],
    }),
}

def dsql_deps():
    """Defines the repositories that FakeDsql needs and the caller has not defined."""
    _bazel_rules()
    existing = native.existing_rules()
    for name, (header, package, targets) in _LIBRARIES.items():
        if name not in existing:
            installed_libraries(
                name = name,
                header = header,
                debian_package = package,
                targets = targets,
            )
    if "com_google_protobuf" not in existing:
        installed_protobuf(name = "com_google_protobuf")
    if "pg_query" not in existing:
        installed_pg_query(name = "pg_query")

def _bazel_rules():
    """The rule repositories that Bazel 4 would otherwise download."""
    existing = native.existing_rules()
    if "rules_cc" not in existing:
        native_rules_cc(name = "rules_cc")
    for name in ["rules_java", "rules_proto"]:
        if name not in existing:
            native.local_repository(
                name = name,
                path = "/usr/share/bazel/rules/" + name[len("rules_"):],
            )
    if "remote_coverage_tools" not in existing:
        native.new_local_repository(
            name = "remote_coverage_tools",
            path = "/usr/share/bazel/rules",
            build_file_content = """
filegroup(
    name = "coverage_report_generator",
    visibility = ["//visibility:public"],
)
""",
        )
