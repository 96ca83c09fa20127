// SPDX-License-Identifier: Apache-2.0

#include "dsql/gateway/login/refusals.h"

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "dsql/base/sql_error.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dsql {
namespace {

using ::testing::HasSubstr;

v1::SqlErrorDetail DetailOf(const absl::Status& refusal) {
  const absl::optional<v1::SqlErrorDetail> detail = GetSqlErrorDetail(refusal);
  EXPECT_TRUE(detail.has_value()) << refusal;
  return detail.value_or(v1::SqlErrorDetail());
}

TEST(RefusalsTest, EachEndsTheConnectionWithItsText) {
  const struct {
    absl::Status refusal;
    std::string sqlstate;
    std::string message;
  } kCases[] = {
      {AccessDenied(kAccessDeniedSqlstate, ""), "28000",
       "unable to accept connection, access denied"},
      {AccessDenied(kOldAccessDeniedSqlstate, ""), "08006",
       "unable to accept connection, access denied"},
      {SslIsMandatory(), "08P01", "SSL is mandatory"},
      {WakingUpCluster(), "08006",
       "unable to accept connection, waking up cluster, please retry later"},
      {SniNotReceived(), "08006",
       "unable to accept connection, sni was not received"},
      {NoClusterNamed(), "08006",
       "unable to accept connection, no cluster was named"},
      {UnknownCluster("abc"), "08006",
       "unable to accept connection, there is no cluster abc"},
      {TooManyOpenConnections(), "53300",
       "Unable to accept connection, too many open connections."},
      {ConnectionRateExceeded(), "53400",
       "Unable to accept connection, rate exceeded."},
  };
  for (const auto& test_case : kCases) {
    const v1::SqlErrorDetail detail = DetailOf(test_case.refusal);
    EXPECT_EQ(detail.severity(), "FATAL") << test_case.message;
    EXPECT_EQ(detail.sqlstate(), test_case.sqlstate) << test_case.message;
    EXPECT_EQ(detail.message(), test_case.message);
  }
}

// What a client was told to say is no text of ours.
TEST(RefusalsTest, AnIdentifierIsEscaped) {
  const std::string text(absl::string_view("a\nb\0\xff\"", 6));
  EXPECT_EQ(DetailOf(UnknownCluster(text)).message(),
            "unable to accept connection, there is no cluster "
            "a\\nb\\000\\377\\\"");
}

TEST(RefusalsTest, AHintIsThereWhereOneWasGiven) {
  EXPECT_EQ(DetailOf(AccessDenied(kAccessDeniedSqlstate, "expired")).hint(),
            "expired");
  EXPECT_FALSE(DetailOf(AccessDenied(kAccessDeniedSqlstate, "")).has_hint());
  EXPECT_THAT(DetailOf(NoClusterNamed()).hint(), HasSubstr("amzn-cluster-id"));
  EXPECT_THAT(DetailOf(UnknownCluster("abc")).hint(), HasSubstr("Region"));
}

}  // namespace
}  // namespace dsql
