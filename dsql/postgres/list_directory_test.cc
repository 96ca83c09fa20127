// SPDX-License-Identifier: Apache-2.0

#include "dsql/postgres/list_directory.h"

#include "absl/status/status.h"
#include "dsql/postgres/files.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dsql::postgres {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(ListDirectoryTest, NamesWhatIsInIt) {
  const auto directory =
      MakeUniqueDirectory(::testing::TempDir() + "/list_XXXXXX");
  ASSERT_TRUE(directory.ok()) << directory.status();
  EXPECT_THAT(*ListDirectory(*directory), IsEmpty());
  ASSERT_TRUE(WriteFile(*directory + "/b", "").ok());
  ASSERT_TRUE(WriteFile(*directory + "/.hidden", "").ok());
  ASSERT_TRUE(MakeUniqueDirectory(*directory + "/aXXXXXX").ok());
  const auto names = ListDirectory(*directory);
  ASSERT_TRUE(names.ok()) << names.status();
  EXPECT_THAT(*names, ElementsAre(".hidden", ::testing::StartsWith("a"), "b"));
  EXPECT_EQ(NamesIn(*directory), *names);
  EXPECT_TRUE(RemoveTree(*directory).ok());
}

TEST(ListDirectoryTest, SaysWhatIsNoDirectory) {
  const absl::Status missing = ListDirectory("/nonexistent/directory").status();
  EXPECT_TRUE(absl::IsNotFound(missing)) << missing;
  EXPECT_THAT(std::string(missing.message()),
              HasSubstr("/nonexistent/directory"));
  EXPECT_TRUE(absl::IsFailedPrecondition(ListDirectory("/dev/null").status()));
  EXPECT_THAT(NamesIn("/nonexistent/directory"), IsEmpty());
  EXPECT_THAT(NamesIn("/dev/null"), IsEmpty());
}

}  // namespace
}  // namespace dsql::postgres
