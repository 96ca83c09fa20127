"""Repository rules over libraries that are installed on this machine."""

# Where a distribution (/usr) or a build by hand (/usr/local) puts headers.
_PREFIXES = ["/usr", "/usr/local"]

def _require(repository_ctx, path, debian_package):
    """Returns the prefix under which `path` exists, or fails saying what to install."""
    for prefix in _PREFIXES:
        if repository_ctx.path(prefix + "/" + path).exists:
            return prefix
    fail("FakeDsql needs %s, found under none of %s. Run ./bazelw, which installs it, or: apt-get install %s" %
         (path, ", ".join(_PREFIXES), debian_package))

def _installed_libraries_impl(repository_ctx):
    _require(repository_ctx, "include/" + repository_ctx.attr.header, repository_ctx.attr.debian_package)
    packages = {}
    for label, linkopts in repository_ctx.attr.targets.items():
        package, target = label.split(":")
        packages.setdefault(package, []).append("""
cc_library(
    name = "{name}",
    linkopts = {linkopts},
)
""".format(name = target, linkopts = repr(linkopts)))
    for package, targets in packages.items():
        repository_ctx.file(
            package + "/BUILD.bazel" if package else "BUILD.bazel",
            'package(default_visibility = ["//visibility:public"])\n' + "".join(targets),
        )

installed_libraries = repository_rule(
    implementation = _installed_libraries_impl,
    doc = "cc_library targets over installed libraries; their headers are in the compiler's search path.",
    attrs = {
        "debian_package": attr.string(mandatory = True),
        "header": attr.string(mandatory = True, doc = "A header that shows the library is there."),
        "targets": attr.string_list_dict(mandatory = True, doc = "package:target -> linkopts"),
    },
    local = True,
)

def _expand(repository_ctx, pattern):
    """Returns the paths of /usr/include or /usr/local/include that `pattern` names.

    A leading "*" stands for the folder of the machine's architecture.
    """
    found = []
    for prefix in _PREFIXES:
        include = repository_ctx.path(prefix + "/include")
        if not include.exists:
            continue
        folders = [include]
        rest = pattern
        if pattern.startswith("*/"):
            folders = include.readdir()
            rest = pattern[2:]
        paths = [repository_ctx.path(str(folder) + "/" + rest) for folder in folders]
        found += [path for path in paths if path.exists]
    return found

def _optional_library_impl(repository_ctx):
    attr = repository_ctx.attr
    installed = len(_expand(repository_ctx, attr.header)) > 0
    copts = []
    for pattern in attr.includes:
        for folder in _expand(repository_ctx, pattern):
            copts += ["-isystem", str(folder)]
    repository_ctx.file("library.bzl", "LIBRARY = " + repr(struct(
        copts = copts,
        installed = installed,
        packages = attr.debian_packages,
        target = "@%s//:%s" % (attr.name, attr.name),
    )) + "\n")
    repository_ctx.file("BUILD.bazel", """
cc_library(
    name = {name},
    linkopts = {linkopts},
    visibility = ["//visibility:public"],
)
""".format(name = repr(attr.name), linkopts = repr(attr.linkopts if installed else [])))

optional_library = repository_rule(
    implementation = _optional_library_impl,
    doc = "A cc_library over a library that need not be installed, and LIBRARY in library.bzl, which tells whether it is.",
    attrs = {
        "debian_packages": attr.string_list(mandatory = True),
        "header": attr.string(mandatory = True, doc = "A header that shows the library is there."),
        "includes": attr.string_list(doc = "Folders of headers besides /usr/include."),
        "linkopts": attr.string_list(mandatory = True),
    },
    local = True,
)

_PROTOBUF_BUILD = """
package(default_visibility = ["//visibility:public"])

exports_files(["protoc"])

cc_library(
    name = "protobuf",
    linkopts = ["-lprotobuf", "-pthread"],
)

proto_library(
    name = "descriptor_proto",
    srcs = ["include/google/protobuf/descriptor.proto"],
    strip_import_prefix = "include",
)

# libprotobuf holds the generated code of descriptor.proto already; a second
# copy would clash with it.
proto_lang_toolchain(
    name = "cc_toolchain",
    blacklisted_protos = [":descriptor_proto"],
    command_line = "--cpp_out=$(OUT)",
    runtime = ":protobuf",
)
"""

def _installed_protobuf_impl(repository_ctx):
    _require(repository_ctx, "include/google/protobuf/message.h", "libprotobuf-dev")
    prefix = _require(repository_ctx, "bin/protoc", "protobuf-compiler")
    repository_ctx.symlink(prefix + "/bin/protoc", "protoc")
    descriptor = _require(repository_ctx, "include/google/protobuf/descriptor.proto", "libprotobuf-dev")
    repository_ctx.symlink(
        descriptor + "/include/google/protobuf/descriptor.proto",
        "include/google/protobuf/descriptor.proto",
    )
    repository_ctx.file("BUILD.bazel", _PROTOBUF_BUILD)

installed_protobuf = repository_rule(
    implementation = _installed_protobuf_impl,
    doc = "The installed protoc and libprotobuf under the names that Bazel's proto rules expect.",
    local = True,
)

_PG_QUERY_BUILD = """
package(default_visibility = ["//visibility:public"])

cc_library(
    name = "pg_query",
    linkopts = ["-lpg_query"],
)

proto_library(
    name = "pg_query_proto",
    srcs = ["pg_query.proto"],
)

cc_proto_library(
    name = "pg_query_cc_proto",
    deps = [":pg_query_proto"],
)
"""

def _installed_pg_query_impl(repository_ctx):
    proto = "include/pg_query/pg_query.proto"
    prefix = _require(repository_ctx, proto, "libpg-query-dev")
    repository_ctx.symlink(prefix + "/" + proto, "pg_query.proto")
    repository_ctx.file("BUILD.bazel", _PG_QUERY_BUILD)

installed_pg_query = repository_rule(
    implementation = _installed_pg_query_impl,
    doc = "libpg_query, and its parse trees as C++ messages.",
    local = True,
)

def _native_rules_cc_impl(repository_ctx):
    repository_ctx.file("cc/BUILD.bazel", "")
    repository_ctx.file("cc/defs.bzl", "".join([
        "{0} = native.{0}\n".format(rule)
        for rule in ["cc_binary", "cc_import", "cc_library", "cc_proto_library", "cc_test", "cc_toolchain", "cc_toolchain_suite"]
    ]))

native_rules_cc = repository_rule(
    implementation = _native_rules_cc_impl,
    doc = "rules_cc by Bazel's native rules: Debian's bazel-rules-cc is too new for its Bazel 4.2.",
)
