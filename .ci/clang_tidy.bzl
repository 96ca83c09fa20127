"""clang-tidy over C++ targets, as actions whose results are kept like any other's:

    bazel build --config=tidy //...
"""

load("@bazel_tools//tools/cpp:toolchain_utils.bzl", "find_cpp_toolchain")

def _sources(rule):
    if not hasattr(rule.attr, "srcs"):
        return []
    return [
        file
        for target in rule.attr.srcs
        for file in target.files.to_list()
        # Tests are left out: half of the files, and nobody's process.
        if file.is_source and file.extension == "cc" and not file.basename.endswith("_test.cc")
    ]

def _flags(context, copts):
    flags = ["-std=c++17"] + copts
    flags += ["-D" + define for define in context.defines.to_list() + context.local_defines.to_list()]
    for include in context.quote_includes.to_list():
        # What protoc writes is not ours to mend.
        flags += ["-isystem" if include.startswith("bazel-out") else "-iquote", include]
    for include in context.system_includes.to_list() + context.includes.to_list():
        flags += ["-isystem", include]
    return flags

def _clang_tidy_impl(target, ctx):
    # The test kit is looked at, as users link it; testing/ is not.
    ours = not target.label.workspace_name and (target.label.package + "/").startswith("dsql/")
    if CcInfo not in target or not ours:
        return []
    context = target[CcInfo].compilation_context
    toolchain = find_cpp_toolchain(ctx)
    copts = getattr(ctx.rule.attr, "copts", [])
    reports = []
    for source in _sources(ctx.rule):
        report = ctx.actions.declare_file("%s.%s.clang-tidy" % (target.label.name, source.basename))
        ctx.actions.run_shell(
            command = """
set -o pipefail
report=$1; shift
if ! clang-tidy --quiet --config-file=.clang-tidy "$@" >"$report" 2>"$report.errors"; then
  cat "$report"
  grep -v 'warnings\\? generated' "$report.errors"
  exit 1
fi
rm -f "$report.errors"
""",
            arguments = [report.path, source.path, "--"] + _flags(context, copts),
            inputs = depset([source, ctx.file._config], transitive = [context.headers, toolchain.all_files]),
            outputs = [report],
            mnemonic = "ClangTidy",
            progress_message = "clang-tidy " + source.short_path,
            use_default_shell_env = True,
        )
        reports.append(report)
    return [OutputGroupInfo(clang_tidy = depset(reports))]

clang_tidy = aspect(
    implementation = _clang_tidy_impl,
    attrs = {
        "_cc_toolchain": attr.label(default = "@bazel_tools//tools/cpp:current_cc_toolchain"),
        "_config": attr.label(default = "//.ci:clang_tidy_config", allow_single_file = True),
    },
    toolchains = ["@bazel_tools//tools/cpp:toolchain_type"],
)
