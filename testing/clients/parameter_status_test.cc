// SPDX-License-Identifier: Apache-2.0

// What a client is told of settings is what they are.

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "testing/clients/raw_client.h"
#include "testing/clients/wire_fixture.h"
#include "testing/clients/wire_request.h"

namespace dsql_testing {
namespace {

using ::testing::HasSubstr;

constexpr char kTokyo[] = "S[TimeZone=Asia/Tokyo]";
constexpr char kUtc[] = "S[TimeZone=UTC]";

class ParameterStatusTest : public WireTest {
 protected:
  void Overtake() {
    EXPECT_EQ(b().Query("UPDATE t SET v = v + 100 WHERE k = 1"),
              "C[UPDATE 1] Z[I]");
  }
  void ExpectZone(const std::string& zone) {
    EXPECT_EQ(a().Query("SHOW timezone"), "T D(" + zone + ") C[SHOW] Z[I]");
  }
};

TEST_F(ParameterStatusTest, Alone) {
  EXPECT_EQ(a().Query("SET timezone = 'Asia/Tokyo'"),
            std::string("C[SET] ") + kTokyo + " Z[I]");
  EXPECT_EQ(a().Query("RESET timezone"),
            std::string("C[RESET] ") + kUtc + " Z[I]");
}

TEST_F(ParameterStatusTest, AfterARollback) {
  EXPECT_EQ(a().Query("BEGIN"), "C[BEGIN] Z[T]");
  EXPECT_THAT(a().Query("SET timezone = 'Asia/Tokyo'"), HasSubstr(kTokyo));
  EXPECT_THAT(a().Query("ROLLBACK"), HasSubstr(kUtc));
  ExpectZone("UTC");
}

TEST_F(ParameterStatusTest, AfterARollbackOfAWrite) {
  EXPECT_EQ(a().Query("BEGIN"), "C[BEGIN] Z[T]");
  EXPECT_EQ(a().Query("UPDATE t SET v = 1 WHERE k = 1"), "C[UPDATE 1] Z[T]");
  EXPECT_THAT(a().Query("SET timezone = 'Asia/Tokyo'"), HasSubstr(kTokyo));
  EXPECT_THAT(a().Query("ROLLBACK"), HasSubstr(kUtc));
  ExpectZone("UTC");
}

TEST_F(ParameterStatusTest, BesideAWrite) {
  EXPECT_THAT(a().Query("SET timezone = 'Asia/Tokyo'; "
                        "UPDATE t SET v = 1 WHERE k = 1"),
              HasSubstr(kTokyo));
  EXPECT_THAT(a().Ask(Request()
                          .Sql("UPDATE t SET v = 1 WHERE k = 2")
                          .Sql("SET timezone = 'UTC'")
                          .Sync()),
              HasSubstr(kUtc));
}

TEST_F(ParameterStatusTest, AfterHavingLost) {
  EXPECT_EQ(a().Query("BEGIN"), "C[BEGIN] Z[T]");
  EXPECT_EQ(a().Query("SELECT 1"), "T D(1) C[SELECT 1] Z[T]");
  Overtake();
  EXPECT_EQ(a().Query("UPDATE t SET v = 1 WHERE k = 1"), "C[UPDATE 1] Z[T]");
  EXPECT_THAT(a().Query("SET timezone = 'Asia/Tokyo'"), HasSubstr(kTokyo));
  // What the client believes now is what is.
  EXPECT_THAT(a().Query("COMMIT"),
              testing::AllOf(HasSubstr("E[40001]"), HasSubstr(kUtc)));
  ExpectZone("UTC");
}

TEST_F(ParameterStatusTest, SetBeforeHavingLost) {
  EXPECT_EQ(a().Query("BEGIN"), "C[BEGIN] Z[T]");
  EXPECT_THAT(a().Query("SET timezone = 'Asia/Tokyo'"), HasSubstr(kTokyo));
  EXPECT_EQ(a().Query("UPDATE t SET v = 1 WHERE k = 1"), "C[UPDATE 1] Z[T]");
  EXPECT_THAT(a().Query("SET datestyle = 'German'"),
              HasSubstr("S[DateStyle=German"));
  Overtake();
  EXPECT_EQ(a().Query("SHOW datestyle"), "T D(German, DMY) C[SHOW] Z[T]");
  EXPECT_EQ(a().Query("SHOW timezone"), "T D(Asia/Tokyo) C[SHOW] Z[T]");
  EXPECT_THAT(a().Query("COMMIT"),
              testing::AllOf(HasSubstr("E[40001]"), HasSubstr(kUtc),
                             HasSubstr("S[DateStyle=ISO, MDY]")));
}

TEST_F(ParameterStatusTest, ASetThatCommits) {
  EXPECT_EQ(a().Query("BEGIN"), "C[BEGIN] Z[T]");
  EXPECT_EQ(a().Query("UPDATE t SET v = 1 WHERE k = 1"), "C[UPDATE 1] Z[T]");
  EXPECT_THAT(a().Query("SET timezone = 'Asia/Tokyo'"), HasSubstr(kTokyo));
  EXPECT_EQ(a().Query("COMMIT"), "C[COMMIT] Z[I]");
  ExpectZone("Asia/Tokyo");
}

TEST_F(ParameterStatusTest, ASetThatFails) {
  EXPECT_THAT(a().Query("SET timezone = 'Asia/Tokyo'; SELECT 1/0"),
              HasSubstr("E[22012]"));
  ExpectZone("UTC");
  EXPECT_EQ(a().Query("SET LOCAL timezone = 'Asia/Tokyo'"),
            "N[25P01] C[SET] Z[I]");
  EXPECT_EQ(a().Query("BEGIN"), "C[BEGIN] Z[T]");
  EXPECT_THAT(a().Query("SET LOCAL timezone = 'Asia/Tokyo'"),
              HasSubstr(kTokyo));
  EXPECT_THAT(a().Query("COMMIT"), HasSubstr(kUtc));
}

}  // namespace
}  // namespace dsql_testing
