"""Tests with libraries that need not be installed."""

load("@rules_cc//cc:defs.bzl", "cc_library", "cc_test")

def client_test(name, library, srcs, deps, copts = []):
    """A cc_test with a client, or one that skips where the client is missing.

    Args:
      name: of the test.
      library: LIBRARY of the client's repository (dsql/bazel/clients.bzl).
      srcs: of the test.
      deps: of the test, the client's library apart.
      copts: of the test, the client's apart.
    """
    if library.installed:
        cc_test(
            name = name,
            size = "small",
            srcs = srcs,
            copts = library.copts + copts,
            # What clients leak is theirs to free.
            env = {"LSAN_OPTIONS": "detect_leaks=0"},
            deps = deps + [library.target],
        )
    else:
        cc_test(
            name = name,
            size = "small",
            srcs = ["missing_library_test.cc"],
            env = {"DSQL_MISSING_PACKAGES": " ".join(library.packages)},
            deps = [
                ":tools",
                "@com_google_googletest//:gtest_main",
            ],
        )

def client_library(name, library, srcs, hdrs, deps = []):
    """A cc_library over a client's; an empty one where the client is missing.

    Args:
      name: of the library.
      library: LIBRARY of the client's repository.
      srcs: of the library.
      hdrs: of the library.
      deps: of the library, the client's apart.
    """
    if not library.installed:
        cc_library(name = name, testonly = True)
        return
    cc_library(
        name = name,
        testonly = True,
        srcs = srcs,
        hdrs = hdrs,
        copts = library.copts,
        deps = deps + [library.target],
    )

def ecpg_library(name, library, src, hdr):
    """C with embedded SQL as a cc_library; an empty one where there is no ecpg.

    Args:
      name: of the library.
      library: LIBRARY of ecpg's repository.
      src: the .pgc file.
      hdr: what it implements.
    """
    if not library.installed:
        cc_library(name = name, testonly = True)
        return
    native.genrule(
        name = name + "_c",
        testonly = True,
        srcs = [src],
        outs = [name + ".c"],
        cmd = "ecpg -o $@ $<",
    )
    cc_library(
        name = name,
        testonly = True,
        srcs = [name + ".c"],
        hdrs = [hdr],
        copts = library.copts,
        deps = [library.target],
    )
