// SPDX-License-Identifier: Apache-2.0

#include "dsql/postgres/template_cache.h"

#include <sys/stat.h>

#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "dsql/postgres/files.h"
#include "dsql/postgres/test_support.h"
#include "gtest/gtest.h"

namespace dsql::postgres {
namespace {

class TemplateCacheTest : public ::testing::Test {
 protected:
  void SetUp() override {
    DSQL_REQUIRE_POSTGRES();
    options_.cache_directory = MakeTestDirectory("cache");
    binaries_ = *FindBinaries();
    run_as_ = *ResolveRunAs();
  }

  absl::StatusOr<Baseline> Clone() {
    return CloneTemplate(options_, binaries_, run_as_,
                         absl::StrCat(target_, "/", ++clones_));
  }

  // The template's own directory.
  std::string Template() const {
    for (const std::string& name : NamesIn(options_.cache_directory)) {
      if (!absl::EndsWith(name, ".lock")) {
        return options_.cache_directory + "/" + name;
      }
    }
    return "";
  }

  ino_t Inode() const {
    struct stat info = {};
    stat(Template().c_str(), &info);
    return info.st_ino;
  }

  TemplateOptions options_;
  Binaries binaries_;
  RunAs run_as_;
  const std::string target_ = MakeTestDirectory("clones");
  int clones_ = 0;
};

TEST_F(TemplateCacheTest, BuildsOnceAndKnowsTheBaseline) {
  auto first = Clone();
  DSQL_ASSERT_OK(first);
  const ino_t inode = Inode();
  auto second = Clone();
  DSQL_ASSERT_OK(second);
  EXPECT_EQ(Inode(), inode);
  EXPECT_GT(first->next_xid, 700u);
  EXPECT_GT(first->catalog_rows.at(1259), 300);  // pg_class
  EXPECT_EQ(first->catalog_rows, second->catalog_rows);
  EXPECT_EQ(first->next_xid, second->next_xid);
}

TEST_F(TemplateCacheTest, ABrokenTemplateIsBuiltAgain) {
  DSQL_ASSERT_OK(Clone());
  const struct {
    const char* what;
    std::function<void(const std::string&)> breaks;
  } cases[] = {
      {"no manifest",
       [](const std::string& path) {
         DSQL_ASSERT_OK(RemoveTree(path + "/manifest"));
       }},
      {"a cut manifest",
       [](const std::string& path) {
         auto text = ReadFile(path + "/manifest");
         DSQL_ASSERT_OK(text);
         DSQL_ASSERT_OK(
             WriteFile(path + "/manifest", text->substr(0, text->size() / 2)));
       }},
      {"garbage",
       [](const std::string& path) {
         DSQL_ASSERT_OK(WriteFile(path + "/manifest", "\xff\x00garbage"));
       }},
      {"a file is missing",
       [](const std::string& path) {
         DSQL_ASSERT_OK(RemoveTree(path + "/data/PG_VERSION"));
       }},
      {"a file is damaged",
       [](const std::string& path) {
         DSQL_ASSERT_OK(WriteFile(path + "/data/global/pg_control", "x"));
       }},
      {"no data",
       [](const std::string& path) {
         DSQL_ASSERT_OK(RemoveTree(path + "/data"));
       }},
      {"a file in its place",
       [](const std::string& path) {
         DSQL_ASSERT_OK(RemoveTree(path));
         DSQL_ASSERT_OK(WriteFile(path, ""));
       }},
  };
  for (const auto& test_case : cases) {
    SCOPED_TRACE(test_case.what);
    test_case.breaks(Template());
    DSQL_ASSERT_OK(Clone());
    DSQL_ASSERT_OK(Clone());
  }
}

TEST_F(TemplateCacheTest, ACacheThatOthersCanWriteIsRefused) {
  ASSERT_EQ(chmod(options_.cache_directory.c_str(), 0777), 0);
  const absl::Status status = Clone().status();
  EXPECT_TRUE(absl::IsPermissionDenied(status)) << status;
  EXPECT_TRUE(absl::StrContains(status.message(), "cache_directory"));
}

TEST_F(TemplateCacheTest, AFailedBuildShowsWhyAndLeavesNothing) {
  binaries_.bin_dir = MakeTestDirectory("bin");
  DSQL_ASSERT_OK(
      WriteFile(binaries_.initdb(), "#!/bin/sh\necho no luck today; exit 1\n"));
  chmod(binaries_.initdb().c_str(), 0755);
  const absl::Status status = Clone().status();
  EXPECT_TRUE(absl::IsInternal(status)) << status;
  EXPECT_TRUE(absl::StrContains(status.message(), "no luck today")) << status;
  EXPECT_TRUE(absl::StrContains(status.message(), "initdb -D")) << status;
  EXPECT_EQ(Template(), "");
}

TEST_F(TemplateCacheTest, BootstrapSqlMakesAnotherTemplate) {
  auto plain = Clone();
  DSQL_ASSERT_OK(plain);
  options_.bootstrap_sql =
      "CREATE FUNCTION one() RETURNS int LANGUAGE plpgsql AS $$\nBEGIN\n"
      "  RETURN 1;\n\nEND $$;\n\n\nCREATE TABLE t (i int);\n\n";
  auto bootstrapped = Clone();
  DSQL_ASSERT_OK(bootstrapped);
  EXPECT_EQ(bootstrapped->catalog_rows.at(1259),
            plain->catalog_rows.at(1259) + 1);
  EXPECT_EQ(bootstrapped->catalog_rows.at(1255),
            plain->catalog_rows.at(1255) + 1);
}

TEST_F(TemplateCacheTest, AMistakeInBootstrapSqlIsShown) {
  options_.bootstrap_sql = "CREATE TABLE t (i int); SELECT no_such_column";
  const absl::Status status = Clone().status();
  EXPECT_TRUE(absl::StrContains(status.message(), "no_such_column")) << status;
  EXPECT_EQ(Template(), "");
}

}  // namespace
}  // namespace dsql::postgres
