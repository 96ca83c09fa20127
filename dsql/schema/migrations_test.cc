// SPDX-License-Identifier: Apache-2.0

#include "dsql/schema/migrations.h"

#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "dsql/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dsql::schema {
namespace {

using ::dsql_testing::IsOk;
using ::dsql_testing::IsOkAndHolds;
using ::dsql_testing::StatusIs;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Ne;

class ReadMigrationsTest : public ::testing::Test {
 protected:
  ReadMigrationsTest() {
    directory_ = absl::StrCat(
        ::testing::TempDir(), "/",
        ::testing::UnitTest::GetInstance()->current_test_info()->name());
    std::filesystem::create_directories(directory_);
  }
  ~ReadMigrationsTest() override { std::filesystem::remove_all(directory_); }

  void Write(const std::string& name, const std::string& text = "SELECT 1") {
    std::ofstream(absl::StrCat(directory_, "/", name)) << text;
  }

  // Each as "version script".
  absl::StatusOr<std::vector<std::string>> Read() {
    const auto migrations = ReadMigrations(directory_);
    if (!migrations.ok()) return migrations.status();
    std::vector<std::string> read;
    for (const Migration& migration : *migrations) {
      read.push_back(absl::StrCat(migration.version, " ", migration.script));
    }
    return read;
  }

  std::string Checksum(const std::string& text) {
    Write("V1__x.sql", text);
    const auto migrations = ReadMigrations(directory_);
    return migrations.ok() ? migrations->at(0).checksum : "";
  }

  std::string directory_;
};

TEST_F(ReadMigrationsTest, VersionsAreInTheOrderOfTheirNumbers) {
  for (const char* name :
       {"V10__d.sql", "V2__c.sql", "V1.10__b.sql", "V1_9__a.sql", "R__b.sql",
        "R__a.sql", "README.md", "V0.0__first.sql"}) {
    Write(name);
  }
  std::filesystem::create_directories(directory_ + "/old.sql");
  EXPECT_THAT(Read(),
              IsOkAndHolds(ElementsAre(
                  "0 V0.0__first.sql", "1.9 V1_9__a.sql", "1.10 V1.10__b.sql",
                  "2 V2__c.sql", "10 V10__d.sql", " R__a.sql", " R__b.sql")));
}

TEST_F(ReadMigrationsTest, AFolderMayBeEmptyButNotMissing) {
  EXPECT_THAT(Read(), IsOkAndHolds(IsEmpty()));
  EXPECT_THAT(ReadMigrations("/nonexistent"),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("/nonexistent")));
}

TEST_F(ReadMigrationsTest, OtherNamesAreRefused) {
  for (const char* name :
       {"1__x.sql", "V1_x.sql", "V__x.sql", "V1__.sql", "Vx__x.sql",
        "V1..2__x.sql", "V-1__x.sql", "U1__x.sql", "orders.sql",
        "V99999999999999999999__x.sql"}) {
    Write(name);
    EXPECT_THAT(Read(), StatusIs(absl::StatusCode::kInvalidArgument,
                                 AllOf(HasSubstr(name),
                                       HasSubstr("V1.2__orders.sql"))));
    std::filesystem::remove(directory_ + "/" + name);
  }
}

TEST_F(ReadMigrationsTest, AVersionIsThereOnce) {
  Write("V1__a.sql");
  Write("V1.0__b.sql");
  EXPECT_THAT(Read(),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       AllOf(HasSubstr("V1__a.sql"), HasSubstr("V1.0__b.sql"),
                             HasSubstr("same version"))));
}

TEST_F(ReadMigrationsTest, ChecksumsFollowTheTextButNotItsLineEnds) {
  const std::string checksum = Checksum("SELECT 1;\nSELECT 2;\n");
  EXPECT_EQ(checksum.size(), 64);
  EXPECT_EQ(Checksum("SELECT 1;\r\nSELECT 2;\r\n"), checksum);
  EXPECT_THAT(Checksum("SELECT 1;\nSELECT 3;\n"), Ne(checksum));
}

}  // namespace
}  // namespace dsql::schema
