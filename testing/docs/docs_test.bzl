"""Tests that the snippets of a page compile and do what the page says."""

load("@rules_cc//cc:defs.bzl", "cc_test")

def docs_test(name, page, **kwargs):
    """Compiles the ```cpp blocks of a page as one file and runs its tests.

    Args:
      name: of the test.
      page: the label of a Markdown file; extract_snippets.awk says how its
        blocks are marked.
      **kwargs: for cc_test.
    """
    native.genrule(
        name = name + "_snippets",
        testonly = True,
        srcs = [page],
        outs = [name + ".cc"],
        cmd = "awk -v page=$(location {page}) -f $(location {script}) $(location {page}) > $@".format(
            page = page,
            script = "//testing/docs:extract_snippets.awk",
        ),
        tools = ["//testing/docs:extract_snippets.awk"],
    )
    cc_test(
        name = name,
        size = "small",
        srcs = [name + ".cc"],
        # What a user's BUILD file has, of which clang does not see that it
        # stands for others.
        features = ["-layering_check"],
        deps = [
            "//:testing",
            "@com_google_googletest//:gtest_main",
        ],
        **kwargs
    )
