// SPDX-License-Identifier: Apache-2.0

#include "dsql/http/http_date.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/civil_time.h"

namespace dsql {
namespace http {
namespace {

// In the order of absl::Weekday.
constexpr absl::string_view kDays[] = {"Mon", "Tue", "Wed", "Thu",
                                       "Fri", "Sat", "Sun"};
constexpr absl::string_view kMonths[] = {"Jan", "Feb", "Mar", "Apr",
                                         "May", "Jun", "Jul", "Aug",
                                         "Sep", "Oct", "Nov", "Dec"};

}  // namespace

// Not absl::FormatTime(), which takes ten times as long and is needed for each
// answer.
std::string HttpDate(absl::Time time) {
  const absl::CivilSecond at = absl::ToCivilSecond(time, absl::UTCTimeZone());
  const auto two = [](int number) {
    return absl::Dec(number, absl::kZeroPad2);
  };
  return absl::StrCat(
      kDays[static_cast<int>(absl::GetWeekday(at))], ", ", two(at.day()), " ",
      kMonths[at.month() - 1], " ", absl::Dec(at.year(), absl::kZeroPad4), " ",
      two(at.hour()), ":", two(at.minute()), ":", two(at.second()), " GMT");
}

}  // namespace http
}  // namespace dsql
