"""A fuzz target: what reads bytes of strangers, and what is done with it."""

load("@rules_cc//cc:defs.bzl", "cc_binary", "cc_library", "cc_test")

def fuzz_target(name, corpus, deps, copts = []):
    """Has <name>_fuzzer.cc, which defines LLVMFuzzerTestOneInput(), run twice.

    Makes
      <name>_fuzzer       libFuzzer's search, which needs clang:
                          bazel run --config=asan //PACKAGE:<name>_fuzzer
      <name>_corpus_test  a test of every build: the corpus, cut and changed

    `.ci/fuzz` runs all fuzzers of the repository.

    Args:
      name: of what is fuzzed.
      corpus: files to begin with, and those that once failed.
      deps: of <name>_fuzzer.cc.
      copts: of <name>_fuzzer.cc.
    """
    cc_library(
        name = name + "_fuzz_target",
        testonly = True,
        srcs = [name + "_fuzzer.cc"],
        copts = copts,
        visibility = ["//visibility:private"],
        deps = deps,
        # Nothing but libFuzzer's main() or the test refers to it.
        alwayslink = True,
    )

    cc_binary(
        name = name + "_fuzzer",
        testonly = True,
        data = corpus,
        linkopts = ["-fsanitize=fuzzer"],
        tags = [
            "fuzzer",
            "manual",
        ],
        deps = [":" + name + "_fuzz_target"],
    )

    native.filegroup(
        name = name + "_corpus",
        testonly = True,
        srcs = corpus,
        visibility = ["//visibility:private"],
    )

    cc_test(
        name = name + "_corpus_test",
        size = "small",
        args = ["$(rootpaths :{}_corpus)".format(name)],
        data = [":" + name + "_corpus"],
        deps = [
            ":" + name + "_fuzz_target",
            "//dsql/fuzzing:corpus_test_main",
        ],
    )
