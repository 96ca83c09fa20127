// SPDX-License-Identifier: Apache-2.0

#include "testing/benchmarks/embedder_comparisons.h"

#include <stdlib.h>
#include <unistd.h>

#include <filesystem>
#include <memory>
#include <string>
#include <utility>

#include "absl/memory/memory.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "dsql/base/status_macros.h"
#include "dsql/postgres/command.h"

namespace dsql_testing {
namespace {

// Relative to the runfiles, where `bazel run` starts programs.
constexpr char kInstaller[] = "dsql/install/install";
constexpr char kOurTest[] = "testing/benchmarks/embedder/fake_dsql_test.cc";
constexpr char kTheirTest[] = "testing/benchmarks/embedder/googletest_test.cc";
constexpr int kRounds = 5;
constexpr absl::Duration kTimeout = absl::Minutes(5);

absl::Status Shell(const std::string& script) {
  dsql::postgres::Command command;
  command.argv = {"/bin/sh", "-ec", script};
  command.timeout = kTimeout;
  return dsql::postgres::RunCommand(command).status();
}

// The library, installed in a directory that goes with this.
class Installation {
 public:
  static absl::StatusOr<std::unique_ptr<Installation>> Make() {
    for (const char* needed : {kInstaller, "/usr/bin/pkg-config"}) {
      if (access(needed, X_OK) != 0) {
        return absl::NotFoundError(absl::StrCat("there is no ", needed));
      }
    }
    std::string directory = "/tmp/embedder-XXXXXX";
    if (mkdtemp(&directory[0]) == nullptr) {
      return absl::InternalError("cannot make " + directory);
    }
    auto installation = absl::WrapUnique(new Installation(directory));
    // The installer looks for its files beside itself. Without the shared
    // library the static one is linked, as Bazel links it.
    DSQL_RETURN_IF_ERROR(Shell(absl::StrCat(
        "ln -s $(realpath ", kInstaller, ") ", directory, "/install; mkdir ",
        directory, "/install.runfiles; ln -s $PWD ", directory,
        "/install.runfiles/dsql; ", directory, "/install --prefix=", directory,
        "/fakedsql; rm ", directory, "/fakedsql/lib/libfakedsql.so")));
    return installation;
  }

  ~Installation() {
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
  }

  // Runs g++ on `source` with `flags`, which a shell reads. output() is what it
  // writes.
  absl::Status Compile(const char* source, absl::string_view flags) const {
    return Shell(absl::StrCat("export PKG_CONFIG_PATH=", directory_,
                              "/fakedsql/lib/pkgconfig; g++ -std=c++17 -O0 ",
                              source, " ", flags, " -o ", output()));
  }

  std::string output() const { return directory_ + "/output"; }

 private:
  explicit Installation(std::string directory)
      : directory_(std::move(directory)) {}

  const std::string directory_;
};

// A test, and the flags that it is compiled and linked with.
struct Test {
  const char* source;
  const char* compile;
  const char* link;
};
constexpr Test kOurs = {
    kOurTest, "$(pkg-config --cflags fakedsql_testing)",
    "$(pkg-config --cflags --libs fakedsql_testing re2 openssl sqlite3 "
    "gtest_main) -lboost_json -lpg_query -pthread"};
constexpr Test kTheirs = {kTheirTest, "$(pkg-config --cflags gmock)",
                          "$(pkg-config --cflags --libs gmock gtest_main)"};

// The cost of a test with one of the installations.
using Cost = absl::StatusOr<double> (*)(const Installation&, const Test&);

absl::StatusOr<double> CompileSeconds(const Installation& installation,
                                      const Test& test) {
  const absl::Time start = absl::Now();
  DSQL_RETURN_IF_ERROR(
      installation.Compile(test.source, absl::StrCat("-c ", test.compile)));
  return absl::ToDoubleSeconds(absl::Now() - start);
}

absl::StatusOr<double> LinkSeconds(const Installation& installation,
                                   const Test& test) {
  const absl::Time start = absl::Now();
  DSQL_RETURN_IF_ERROR(installation.Compile(test.source, test.link));
  return absl::ToDoubleSeconds(absl::Now() - start);
}

double OutputMegabytes(const Installation& installation) {
  std::error_code ignored;
  return static_cast<double>(
             std::filesystem::file_size(installation.output(), ignored)) /
         1e6;
}

absl::StatusOr<double> SourceMegabytes(const Installation& installation,
                                       const Test& test) {
  DSQL_RETURN_IF_ERROR(
      installation.Compile(test.source, absl::StrCat("-E ", test.compile)));
  return OutputMegabytes(installation);
}

absl::StatusOr<double> BinaryMegabytes(const Installation& installation,
                                       const Test& test) {
  DSQL_RETURN_IF_ERROR(installation.Compile(test.source, test.link));
  return OutputMegabytes(installation);
}

Comparison Embedder(const std::string& what, const std::string& unit, Cost cost,
                    int rounds) {
  return {
      "a test of 20 lines: " + what,
      "GoogleTest and GoogleMock alone",
      unit,
      Goal::kReported,
      0,
      [cost, rounds](const Effort& effort) -> absl::StatusOr<Samples> {
        DSQL_ASSIGN_OR_RETURN(const auto installation, Installation::Make());
        return InTurn(
            effort.Rounds(rounds), [&] { return cost(*installation, kTheirs); },
            [&] { return cost(*installation, kOurs); });
      }};
}

}  // namespace

std::vector<Comparison> EmbedderComparisons() {
  return {
      Embedder("g++ -O0 -c", "s", CompileSeconds, kRounds),
      Embedder("compiled and linked", "s", LinkSeconds, kRounds),
      Embedder("preprocessed", "MB", SourceMegabytes, 1),
      Embedder("the program", "MB", BinaryMegabytes, 1),
  };
}

}  // namespace dsql_testing
