// SPDX-License-Identifier: Apache-2.0

#include "dsql/http/http_date.h"

#include "absl/time/time.h"
#include "gtest/gtest.h"

namespace dsql {
namespace http {
namespace {

TEST(HttpDateTest, IsAsHttpWritesIt) {
  EXPECT_EQ(HttpDate(absl::FromUnixSeconds(1767225600)),
            "Thu, 01 Jan 2026 00:00:00 GMT");
  EXPECT_EQ(HttpDate(absl::FromUnixSeconds(784111777)),
            "Sun, 06 Nov 1994 08:49:37 GMT");
}

TEST(HttpDateTest, EveryDayAndMonthHasItsName) {
  for (int day = 0; day < 366; ++day) {
    const absl::Time time = absl::FromUnixSeconds(1767225600) +
                            day * absl::Hours(24) + absl::Seconds(day);
    EXPECT_EQ(HttpDate(time), absl::FormatTime("%a, %d %b %Y %H:%M:%S GMT",
                                               time, absl::UTCTimeZone()));
  }
}

}  // namespace
}  // namespace http
}  // namespace dsql
