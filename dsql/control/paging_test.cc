// SPDX-License-Identifier: Apache-2.0

#include "dsql/control/paging.h"

#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "dsql/control/control_plane_fixture.h"
#include "dsql/testing/aws_error_matchers.h"
#include "dsql/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dsql {
namespace {

using ::dsql_testing::IsInvalidMember;
using ::dsql_testing::IsOk;
using ::dsql_testing::IsOkAndHolds;
using ::testing::MatchesRegex;

TEST(PageTokenTest, ComesBack) {
  const std::string key("us-east-1/\0\u00e9?&", 15);
  const std::string token = EncodePageToken("us-east-1/", key);
  EXPECT_THAT(token, MatchesRegex("[A-Za-z0-9_-]+"));
  EXPECT_THAT(DecodePageToken("us-east-1/", token), IsOkAndHolds(key));
}

TEST(PageTokenTest, OfAnotherListOrInventedIsRefused) {
  const std::string token = EncodePageToken("us-east-1/", "us-east-1/a");
  EXPECT_THAT(DecodePageToken("us-east-2/", token),
              IsInvalidMember("nextToken"));
  for (const std::string& invented :
       {std::string(), std::string("%"), std::string("abcd"), token + "A",
        token + "=", EncodePageToken("us-east-1/", "us-east-2/a")}) {
    EXPECT_THAT(DecodePageToken("us-east-1/", invented),
                IsInvalidMember("nextToken"))
        << invented;
  }
}

class PagingTest : public ControlPlaneFixture {
 protected:
  // Stores a cluster for each letter in "list/"; a capital is one that is gone.
  void Fill(const std::string& names) {
    WriteBatch batch;
    for (const char name : names) {
      v1::ClusterRecord record;
      record.mutable_cluster()->set_identifier(std::string(1, name));
      record.mutable_cluster()->set_status(absl::ascii_isupper(name)
                                               ? v1::ClusterStatus::DELETED
                                               : v1::ClusterStatus::ACTIVE);
      batch.Put("table", absl::StrCat("list/", std::string(1, name)),
                record.SerializeAsString());
    }
    batch.Put("table", "other/z", "");
    ASSERT_THAT(storage_.Commit(batch), IsOk());
  }

  // All pages, as "ab|cd".
  std::string Pages(int page, int max_pages = 100) {
    const Environment environment{options_,     &storage_, &clock_, &ids_,
                                  &data_plane_, nullptr,   nullptr, nullptr};
    v1::ListClustersInput input;
    input.set_max_results(page);
    std::string text;
    for (int i = 0; i < max_pages; ++i) {
      v1::ListClustersOutput output;
      EXPECT_THAT(ListPage<v1::ClusterRecord>(
                      environment, "table", "list/", input, 2,
                      [&](const v1::ClusterRecord& record) {
                        text += record.cluster().identifier();
                      },
                      &output),
                  IsOk());
      if (!output.has_next_token()) return text;
      text += '|';
      input.set_next_token(output.next_token());
    }
    return text + "...";
  }
};

TEST_F(PagingTest, NothingIsLostOrDoubled) {
  Fill("abcde");
  EXPECT_EQ(Pages(1), "a|b|c|d|e");
  EXPECT_EQ(Pages(2), "ab|cd|e");
  EXPECT_EQ(Pages(5), "abcde");
  EXPECT_EQ(Pages(100), "abcde");
}

TEST_F(PagingTest, WhatIsGoneIsNotShownAndNoPageIsEmpty) {
  // Capitals sort first.
  Fill("ABCabDEcFd");
  EXPECT_EQ(Pages(1), "a|b|c|d");
  EXPECT_EQ(Pages(2), "ab|cd");
  EXPECT_EQ(Pages(4), "abcd");
}

TEST_F(PagingTest, AnEmptyListIsOnePage) {
  Fill("");
  EXPECT_EQ(Pages(1), "");
  Fill("AB");
  EXPECT_EQ(Pages(1), "");
}

}  // namespace
}  // namespace dsql
