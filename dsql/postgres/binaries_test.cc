// SPDX-License-Identifier: Apache-2.0

#include "dsql/postgres/binaries.h"

#include <sys/stat.h>

#include <cstdlib>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "dsql/postgres/files.h"
#include "dsql/postgres/test_support.h"
#include "gtest/gtest.h"

namespace dsql::postgres {
namespace {

void WriteScript(const std::string& path, const std::string& output) {
  DSQL_ASSERT_OK(
      WriteFile(path, absl::StrCat("#!/bin/sh\necho '", output, "'\n")));
  chmod(path.c_str(), 0755);
}

// A directory with programs that say they are of `version`.
std::string MakeBinaries(const std::string& directory,
                         const std::string& version) {
  mkdir(directory.c_str(), 0755);
  WriteScript(directory + "/postgres", "postgres (PostgreSQL) " + version);
  WriteScript(directory + "/initdb", "initdb (PostgreSQL) " + version);
  return directory;
}

class BinariesTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const char* path = std::getenv("PATH");
    path_ = path == nullptr ? "" : path;
    unsetenv("DSQL_POSTGRES_BIN");
    // Without a pg_config.
    setenv("PATH", directory_.c_str(), 1);
  }
  void TearDown() override {
    setenv("PATH", path_.c_str(), 1);
    unsetenv("DSQL_POSTGRES_BIN");
  }

  const std::string directory_ = MakeTestDirectory("binaries");
  std::string path_;
};

TEST_F(BinariesTest, AnExplicitDirectoryIsTheOnlyOneTried) {
  setenv("DSQL_POSTGRES_BIN",
         MakeBinaries(directory_ + "/environment", "16.1").c_str(), 1);
  BinariesOptions options;
  options.bin_dir = MakeBinaries(directory_ + "/option", "15.2 (Debian)");
  auto binaries = FindBinaries(options);
  DSQL_ASSERT_OK(binaries);
  EXPECT_EQ(binaries->bin_dir, options.bin_dir);
  EXPECT_EQ(binaries->version, "15.2 (Debian)");
  EXPECT_EQ(binaries->major_version, 15);

  options.bin_dir = "/nonexistent";
  const absl::Status status = FindBinaries(options).status();
  EXPECT_TRUE(absl::IsNotFound(status)) << status;
  EXPECT_TRUE(absl::StrContains(status.message(), "/nonexistent/postgres"));
  EXPECT_FALSE(absl::StrContains(status.message(), "environment"));
}

TEST_F(BinariesTest, TheEnvironmentComesNext) {
  setenv("DSQL_POSTGRES_BIN",
         MakeBinaries(directory_ + "/environment", "16.1").c_str(), 1);
  auto binaries = FindBinaries();
  DSQL_ASSERT_OK(binaries);
  EXPECT_EQ(binaries->bin_dir, directory_ + "/environment");
}

TEST_F(BinariesTest, PgConfigComesBeforePath) {
  MakeBinaries(directory_, "14.1");
  WriteScript(directory_ + "/pg_config",
              MakeBinaries(directory_ + "/configured", "15.1"));
  auto binaries = FindBinaries();
  DSQL_ASSERT_OK(binaries);
  EXPECT_EQ(binaries->bin_dir, directory_ + "/configured");
}

TEST_F(BinariesTest, PathComesBeforeTheVersionsDirectory) {
  MakeBinaries(directory_, "14.1");
  mkdir((directory_ + "/versions").c_str(), 0755);
  mkdir((directory_ + "/versions/15").c_str(), 0755);
  BinariesOptions options;
  options.versions_dir = directory_ + "/versions";
  MakeBinaries(options.versions_dir + "/15/bin", "15.1");
  auto binaries = FindBinaries(options);
  DSQL_ASSERT_OK(binaries);
  EXPECT_EQ(binaries->bin_dir, directory_);
}

TEST_F(BinariesTest, TakesTheNewestUsableVersion) {
  BinariesOptions options;
  options.versions_dir = directory_ + "/versions";
  mkdir(options.versions_dir.c_str(), 0755);
  for (const char* version : {"9.6", "14", "17", "18"}) {
    mkdir(absl::StrCat(options.versions_dir, "/", version).c_str(), 0755);
  }
  MakeBinaries(options.versions_dir + "/9.6/bin", "9.6.1");
  MakeBinaries(options.versions_dir + "/14/bin", "14.1");
  MakeBinaries(options.versions_dir + "/17/bin", "17.1");
  // 18 was removed, but for its directory.
  auto binaries = FindBinaries(options);
  DSQL_ASSERT_OK(binaries);
  EXPECT_EQ(binaries->major_version, 17);
}

TEST_F(BinariesTest, PrefersTheVersionThatDsqlIsWhereverItIs) {
  BinariesOptions options;
  options.versions_dir = directory_ + "/versions";
  mkdir(options.versions_dir.c_str(), 0755);
  for (const char* version : {"15", "16", "18"}) {
    mkdir(absl::StrCat(options.versions_dir, "/", version).c_str(), 0755);
    MakeBinaries(absl::StrCat(options.versions_dir, "/", version, "/bin"),
                 absl::StrCat(version, ".1"));
  }
  auto binaries = FindBinaries(options);
  DSQL_ASSERT_OK(binaries);
  EXPECT_EQ(binaries->major_version, 16);

  MakeBinaries(directory_, "17.1");
  binaries = FindBinaries(options);
  DSQL_ASSERT_OK(binaries);
  EXPECT_EQ(binaries->major_version, 16);

  setenv("DSQL_POSTGRES_BIN", directory_.c_str(), 1);
  binaries = FindBinaries(options);
  DSQL_ASSERT_OK(binaries);
  EXPECT_EQ(binaries->major_version, 17);
}

TEST_F(BinariesTest, SaysWhatWasTriedAndWhatToDo) {
  BinariesOptions options;
  options.versions_dir = directory_ + "/versions";
  const absl::Status status = FindBinaries(options).status();
  EXPECT_TRUE(absl::IsNotFound(status)) << status;
  for (const std::string& part :
       {std::string("DSQL_POSTGRES_BIN: not set"),
        std::string("pg_config --bindir: nothing"),
        "PATH: no executable " + directory_ + "/postgres",
        directory_ + "/versions/*/bin: nothing",
        std::string("apt-get install postgresql-15")}) {
    EXPECT_TRUE(absl::StrContains(status.message(), part))
        << part << " is missing in " << status;
  }
}

TEST_F(BinariesTest, RefusesOldVersions) {
  BinariesOptions options;
  options.bin_dir = MakeBinaries(directory_ + "/old", "13.9");
  const absl::Status status = FindBinaries(options).status();
  EXPECT_TRUE(absl::IsFailedPrecondition(status)) << status;
  EXPECT_TRUE(absl::StrContains(status.message(), "13.9")) << status;
}

TEST_F(BinariesTest, ParsesVersions) {
  EXPECT_EQ(ParseMajorVersion("15.20 (Debian 15.20-0+deb12u1)"), 15);
  EXPECT_EQ(ParseMajorVersion("17beta1"), 17);
  EXPECT_EQ(ParseMajorVersion("garbage"), 0);
  EXPECT_EQ(ParseMajorVersion(""), 0);
}

}  // namespace
}  // namespace dsql::postgres
