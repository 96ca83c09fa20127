// SPDX-License-Identifier: Apache-2.0

#include "dsql/postgres/template_cache.h"

#include <sys/stat.h>

#include <functional>
#include <memory>
#include <string>

#include "absl/algorithm/container.h"
#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "dsql/postgres/files.h"
#include "dsql/postgres/list_directory.h"
#include "dsql/postgres/test_support.h"
#include "dsql/postgres/tree_copy.h"
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

  absl::StatusOr<Clone> Copy() {
    return CloneTemplate(options_, binaries_, run_as_, Next());
  }
  // Where the next copy will be, or the last one is.
  std::string Next() { return absl::StrCat(target_, "/", ++clones_); }
  std::string Last() const { return absl::StrCat(target_, "/", clones_); }

  // The template's own directory.
  std::string Template() const {
    for (const std::string& name : NamesIn(options_.cache_directory)) {
      if (!absl::EndsWith(name, ".lock")) {
        return options_.cache_directory + "/" + name;
      }
    }
    return "";
  }

  ino_t Inode() const { return InodeOf(Template()); }
  static ino_t InodeOf(const std::string& path) {
    struct stat info = {};
    stat(path.c_str(), &info);
    return info.st_ino;
  }

  // A copy that was used and is a spare now; its inode.
  ino_t LeaveSpare() {
    auto clone = Copy();
    EXPECT_TRUE(clone.ok()) << clone.status();
    const ino_t inode = InodeOf(Last());
    EXPECT_TRUE(WriteFile(Last() + "/global/pg_control", "used").ok());
    EXPECT_TRUE(WriteFile(Last() + "/base/1.tmp", "added").ok());
    EXPECT_TRUE(RemoveTree(Last() + "/pg_hba.conf").ok());
    const absl::Status kept = KeepAsSpare(clone->origin, run_as_, Last());
    EXPECT_TRUE(kept.ok()) << kept;
    EXPECT_FALSE(PathExists(Last()));
    return inode;
  }

  // The files of the last copy, with their times.
  std::string Files() const {
    auto entries = ListTree(Last());
    EXPECT_TRUE(entries.ok()) << entries.status();
    absl::c_sort(*entries, [](const TreeEntry& a, const TreeEntry& b) {
      return a.path < b.path;
    });
    return SerializeTree(*entries);
  }

  TemplateOptions options_;
  Binaries binaries_;
  RunAs run_as_;
  const std::string target_ = MakeTestDirectory("clones");
  int clones_ = 0;
};

TEST_F(TemplateCacheTest, BuildsOnceAndKnowsTheBaseline) {
  auto first = Copy();
  DSQL_ASSERT_OK(first);
  const ino_t inode = Inode();
  auto second = Copy();
  DSQL_ASSERT_OK(second);
  EXPECT_EQ(Inode(), inode);
  EXPECT_GT(first->baseline.next_xid, 700u);
  EXPECT_GT(first->baseline.catalog_rows.at(1259), 300);  // pg_class
  EXPECT_EQ(first->baseline.catalog_rows, second->baseline.catalog_rows);
  EXPECT_EQ(first->baseline.next_xid, second->baseline.next_xid);
}

TEST_F(TemplateCacheTest, ABrokenTemplateIsBuiltAgain) {
  DSQL_ASSERT_OK(Copy());
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
    DSQL_ASSERT_OK(Copy());
    DSQL_ASSERT_OK(Copy());
  }
}

TEST_F(TemplateCacheTest, WhoComesNextTakesTheSpareLikeNew) {
  DSQL_ASSERT_OK(Copy());
  const std::string files = Files();
  const ino_t inode = LeaveSpare();
  auto clone = Copy();
  DSQL_ASSERT_OK(clone);
  EXPECT_EQ(InodeOf(Last()), inode);
  EXPECT_EQ(Files(), files);
  EXPECT_GT(clone->baseline.next_xid, 700u);
  // There is one no more.
  DSQL_ASSERT_OK(Copy());
  EXPECT_NE(InodeOf(Last()), inode);
  EXPECT_EQ(Files(), files);
}

TEST_F(TemplateCacheTest, ASpareThatSomebodyDamagedIsLikeNewAsWell) {
  DSQL_ASSERT_OK(Copy());
  const std::string files = Files();
  const struct {
    const char* what;
    std::function<void(const std::string&)> damages;
  } cases[] = {
      {"a file is damaged",
       [](const std::string& spare) {
         DSQL_ASSERT_OK(WriteFile(spare + "/global/pg_control", "x"));
       }},
      {"empty",
       [](const std::string& spare) {
         DSQL_ASSERT_OK(RemoveTree(spare));
         ASSERT_EQ(mkdir(spare.c_str(), 0700), 0);
       }},
      {"a file in its place",
       [](const std::string& spare) {
         DSQL_ASSERT_OK(RemoveTree(spare));
         DSQL_ASSERT_OK(WriteFile(spare, ""));
       }},
  };
  for (const auto& test_case : cases) {
    SCOPED_TRACE(test_case.what);
    LeaveSpare();
    test_case.damages(Template() + "/spare");
    DSQL_ASSERT_OK(Copy());
    EXPECT_EQ(Files(), files);
  }
}

TEST_F(TemplateCacheTest, ThereIsOneSpareAtMost) {
  LeaveSpare();
  auto one = Copy();
  DSQL_ASSERT_OK(one);
  const std::string first = Last();
  auto two = Copy();
  DSQL_ASSERT_OK(two);
  DSQL_ASSERT_OK(KeepAsSpare(one->origin, run_as_, first));
  const absl::Status status = KeepAsSpare(two->origin, run_as_, Last());
  EXPECT_TRUE(absl::IsAlreadyExists(status)) << status;
  EXPECT_TRUE(PathExists(Last()));
}

TEST_F(TemplateCacheTest, ASpareGoesWithItsTemplate) {
  const ino_t inode = LeaveSpare();
  DSQL_ASSERT_OK(RemoveTree(Template() + "/manifest"));
  auto clone = Copy();
  DSQL_ASSERT_OK(clone);
  EXPECT_NE(InodeOf(Last()), inode);
  EXPECT_FALSE(PathExists(Template() + "/spare"));
  // Of a copy of the template before it makes one of this.
  DSQL_ASSERT_OK(RemoveTree(Template() + "/manifest"));
  const std::string used = Last();
  DSQL_ASSERT_OK(Copy());
  const std::string files = Files();
  DSQL_ASSERT_OK(KeepAsSpare(clone->origin, run_as_, used));
  DSQL_ASSERT_OK(Copy());
  EXPECT_EQ(Files(), files);
}

TEST_F(TemplateCacheTest, NobodyWaitsToLeaveASpare) {
  auto clone = Copy();
  DSQL_ASSERT_OK(clone);
  {
    auto lock = LockFile(clone->origin + ".lock", true, absl::ZeroDuration());
    DSQL_ASSERT_OK(lock);
    const absl::Status status = KeepAsSpare(clone->origin, run_as_, Last());
    EXPECT_TRUE(absl::IsUnavailable(status)) << status;
  }
  DSQL_ASSERT_OK(RemoveTree(clone->origin));
  DSQL_ASSERT_OK(RemoveTree(clone->origin + ".lock"));
  const absl::Status status = KeepAsSpare(clone->origin, run_as_, Last());
  EXPECT_TRUE(absl::IsDataLoss(status)) << status;
  EXPECT_TRUE(PathExists(Last()));
  EXPECT_TRUE(NamesIn(options_.cache_directory).empty());
}

TEST_F(TemplateCacheTest, ACacheThatOthersCanWriteIsRefused) {
  ASSERT_EQ(chmod(options_.cache_directory.c_str(), 0777), 0);
  const absl::Status status = Copy().status();
  EXPECT_TRUE(absl::IsPermissionDenied(status)) << status;
  EXPECT_TRUE(absl::StrContains(status.message(), "cache_directory"));
}

TEST_F(TemplateCacheTest, AFailedBuildShowsWhyAndLeavesNothing) {
  binaries_.bin_dir = MakeTestDirectory("bin");
  DSQL_ASSERT_OK(
      WriteFile(binaries_.initdb(), "#!/bin/sh\necho no luck today; exit 1\n"));
  chmod(binaries_.initdb().c_str(), 0755);
  const absl::Status status = Copy().status();
  EXPECT_TRUE(absl::IsInternal(status)) << status;
  EXPECT_TRUE(absl::StrContains(status.message(), "no luck today")) << status;
  EXPECT_TRUE(absl::StrContains(status.message(), "initdb -D")) << status;
  EXPECT_EQ(Template(), "");
}

TEST_F(TemplateCacheTest, BootstrapSqlMakesAnotherTemplate) {
  auto plain = Copy();
  DSQL_ASSERT_OK(plain);
  options_.bootstrap_sql =
      "CREATE FUNCTION one() RETURNS int LANGUAGE plpgsql AS $$\nBEGIN\n"
      "  RETURN 1;\n\nEND $$;\n\n\nCREATE TABLE t (i int);\n\n";
  auto bootstrapped = Copy();
  DSQL_ASSERT_OK(bootstrapped);
  EXPECT_EQ(bootstrapped->baseline.catalog_rows.at(1259),
            plain->baseline.catalog_rows.at(1259) + 1);
  EXPECT_EQ(bootstrapped->baseline.catalog_rows.at(1255),
            plain->baseline.catalog_rows.at(1255) + 1);
}

TEST_F(TemplateCacheTest, AMistakeInBootstrapSqlIsShown) {
  options_.bootstrap_sql = "CREATE TABLE t (i int); SELECT no_such_column";
  const absl::Status status = Copy().status();
  EXPECT_TRUE(absl::StrContains(status.message(), "no_such_column")) << status;
  EXPECT_EQ(Template(), "");
}

}  // namespace
}  // namespace dsql::postgres
