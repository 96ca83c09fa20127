"""Rules that make files to install of cc_library targets."""

load("@bazel_tools//tools/cpp:toolchain_utils.bzl", "find_cpp_toolchain")

def _linker_inputs(targets):
    infos = [target[CcInfo] for target in targets]
    return cc_common.merge_cc_infos(cc_infos = infos).linking_context.linker_inputs.to_list()

def _objects(targets):
    """The object files of the targets and of all that they depend on, once each."""
    objects = {}
    for linker_input in _linker_inputs(targets):
        for library in linker_input.libraries:
            found = library.pic_objects or library.objects
            if not found:
                fail("%s is no library that is built of objects" % linker_input.owner)
            for object in found:
                objects[object] = True
    return objects

def _link_flags(targets):
    flags = {}
    for linker_input in _linker_inputs(targets):
        for flag in linker_input.user_link_flags:
            flags[flag] = True
    return flags.keys()

def _cc_merged_archive_impl(ctx):
    toolchain = find_cpp_toolchain(ctx)
    archive = ctx.actions.declare_file("lib%s.a" % ctx.label.name)
    left_out = _objects(ctx.attr.without)
    objects = [object for object in _objects(ctx.attr.deps) if object not in left_out]
    arguments = ctx.actions.args()

    # q, not r: files of one name from several folders are all kept.
    arguments.add("qcs").add(archive).add_all(objects)
    arguments.use_param_file("@%s", use_always = True)
    arguments.set_param_file_format("multiline")
    ctx.actions.run(
        executable = toolchain.ar_executable,
        arguments = [arguments],
        inputs = depset(objects, transitive = [toolchain.all_files]),
        outputs = [archive],
        mnemonic = "CcMergedArchive",
    )
    features = cc_common.configure_features(ctx = ctx, cc_toolchain = toolchain)
    library = cc_common.create_library_to_link(
        actions = ctx.actions,
        feature_configuration = features,
        cc_toolchain = toolchain,
        pic_static_library = archive,
        alwayslink = True,
    )
    linker_input = cc_common.create_linker_input(
        owner = ctx.label,
        libraries = depset([library]),
        user_link_flags = depset(_link_flags(ctx.attr.deps)),
    )
    return [
        DefaultInfo(files = depset([archive]), runfiles = ctx.runfiles([archive])),
        CcInfo(linking_context = cc_common.create_linking_context(
            linker_inputs = depset([linker_input]),
        )),
    ]

cc_merged_archive = rule(
    implementation = _cc_merged_archive_impl,
    doc = """lib<name>.a of all objects that `deps` are linked of, those of `without` apart.

Who depends on it links the whole archive, and what it needs.""",
    attrs = {
        "deps": attr.label_list(mandatory = True, providers = [CcInfo]),
        "without": attr.label_list(providers = [CcInfo]),
        "_cc_toolchain": attr.label(default = "@bazel_tools//tools/cpp:current_cc_toolchain"),
    },
    fragments = ["cpp"],
    toolchains = ["@bazel_tools//tools/cpp:toolchain_type"],
)

def _cc_headers_impl(ctx):
    headers = depset(transitive = [
        dep[CcInfo].compilation_context.headers
        for dep in ctx.attr.deps
    ])
    return [DefaultInfo(files = headers, runfiles = ctx.runfiles(transitive_files = headers))]

cc_headers = rule(
    implementation = _cc_headers_impl,
    doc = "All headers of `deps` and of what they depend on, generated ones among them.",
    attrs = {"deps": attr.label_list(mandatory = True, providers = [CcInfo])},
)
