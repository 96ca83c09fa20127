// SPDX-License-Identifier: Apache-2.0

#include "dsql/streams/record/json_value.h"

#include <cstdint>
#include <limits>

#include "absl/container/flat_hash_map.h"
#include "absl/numeric/int128.h"
#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/time/civil_time.h"
#include "absl/types/optional.h"
#include "boost/json/serialize.hpp"
#include "boost/json/string.hpp"
#include "re2/re2.h"

namespace dsql::streams {
namespace {

constexpr int64_t kMicrosPerSecond = 1000000;
constexpr int64_t kSecondsPerDay = 86400;
constexpr int64_t kMicrosPerDay = kSecondsPerDay * kMicrosPerSecond;
constexpr int64_t kSecondsPerMonth = 2629800;
// Of the records' documentation.
constexpr int64_t kInfiniteMicros = 9223372036825200000;
constexpr int64_t kMinusInfiniteMicros = -9223372036832400000;

// "500000" of ".5": the digits after the point, to six.
int64_t Micros(absl::string_view fraction) {
  int64_t micros = 0;
  for (size_t i = 0; i < 6; ++i)
    micros = micros * 10 + (i < fraction.size() ? fraction[i] - '0' : 0);
  return micros;
}

// Days since 1970-01-01. PostgreSQL's years have no 0: 1 BC is before 1 AD.
int64_t Days(int64_t year, int month, int day, bool before_christ) {
  return absl::CivilDay(before_christ ? 1 - year : year, month, day) -
         absl::CivilDay(1970, 1, 1);
}

constexpr char kDate[] = R"((\d+)-(\d\d)-(\d\d))";
constexpr char kTime[] = R"((\d\d):(\d\d):(\d\d)(?:\.(\d+))?)";

absl::optional<int64_t> DateDays(absl::string_view text) {
  static const RE2 pattern(absl::StrCat(kDate, "( BC)?"));
  if (text == "infinity") return std::numeric_limits<int32_t>::max();
  if (text == "-infinity") return std::numeric_limits<int32_t>::min();
  int64_t year;
  int month, day;
  std::string era;
  if (!RE2::FullMatch(re2::StringPiece(text.data(), text.size()), pattern,
                      &year, &month, &day, &era))
    return absl::nullopt;
  return Days(year, month, day, !era.empty());
}

int64_t MicrosOfDay(int64_t hours, int64_t minutes, int64_t seconds,
                    absl::string_view fraction) {
  return ((hours * 60 + minutes) * 60 + seconds) * kMicrosPerSecond +
         Micros(fraction);
}

// Of time and timetz, the latter in UTC and within a day.
absl::optional<int64_t> TimeMicros(absl::string_view text) {
  static const RE2 pattern(
      absl::StrCat(kTime, R"((?:([+-])(\d\d)(?::(\d\d))?(?::(\d\d))?)?)"));
  int64_t hours, minutes, seconds;
  std::string fraction, sign, zone_hours, zone_minutes, zone_seconds;
  if (!RE2::FullMatch(re2::StringPiece(text.data(), text.size()), pattern,
                      &hours, &minutes, &seconds, &fraction, &sign, &zone_hours,
                      &zone_minutes, &zone_seconds))
    return absl::nullopt;
  const int64_t micros = MicrosOfDay(hours, minutes, seconds, fraction);
  if (sign.empty()) return micros;
  int64_t h = 0, m = 0, s = 0;
  // Parts that are not there leave 0.
  (void)absl::SimpleAtoi(zone_hours, &h);
  (void)absl::SimpleAtoi(zone_minutes, &m);
  (void)absl::SimpleAtoi(zone_seconds, &s);
  const int64_t offset = MicrosOfDay(h, m, s, "");
  const int64_t utc = sign == "+" ? micros - offset : micros + offset;
  return ((utc % kMicrosPerDay) + kMicrosPerDay) % kMicrosPerDay;
}

// Of timestamp, and of timestamptz in UTC.
// The last ones are more than an int64 has.
absl::optional<absl::int128> TimestampMicros(absl::string_view text) {
  static const RE2 pattern(
      absl::StrCat(kDate, " ", kTime, R"((?:\+00)?( BC)?)"));
  if (text == "infinity") return absl::int128(kInfiniteMicros);
  if (text == "-infinity") return absl::int128(kMinusInfiniteMicros);
  int64_t year, hours, minutes, seconds;
  int month, day;
  std::string fraction, era;
  if (!RE2::FullMatch(re2::StringPiece(text.data(), text.size()), pattern,
                      &year, &month, &day, &hours, &minutes, &seconds,
                      &fraction, &era))
    return absl::nullopt;
  return absl::int128(Days(year, month, day, !era.empty())) * kMicrosPerDay +
         MicrosOfDay(hours, minutes, seconds, fraction);
}

// "P-10M-3DT4H5M6.7S"; nullopt where the sum is no int64.
absl::optional<int64_t> IntervalMicros(absl::string_view text) {
  static const RE2 pattern(
      R"(P(?:(-?\d+)Y)?(?:(-?\d+)M)?(?:(-?\d+)D)?)"
      R"((?:T(?:(-?\d+)H)?(?:(-?\d+)M)?(?:(-?)(\d+)(?:\.(\d+))?S)?)?)");
  std::string years, months, days, hours, minutes, sign, seconds, fraction;
  if (!RE2::FullMatch(re2::StringPiece(text.data(), text.size()), pattern,
                      &years, &months, &days, &hours, &minutes, &sign, &seconds,
                      &fraction))
    return absl::nullopt;
  const auto number = [](const std::string& digits) {
    int64_t value = 0;
    // A part that is not there is 0.
    (void)absl::SimpleAtoi(digits, &value);
    return absl::int128(value);
  };
  const absl::int128 whole =
      (number(years) * 12 + number(months)) * kSecondsPerMonth +
      number(days) * kSecondsPerDay + number(hours) * 3600 +
      number(minutes) * 60;
  const absl::int128 rest =
      number(seconds) * kMicrosPerSecond + Micros(fraction);
  const absl::int128 sum =
      whole * kMicrosPerSecond + (sign.empty() ? rest : -rest);
  if (sum > std::numeric_limits<int64_t>::max() ||
      sum < std::numeric_limits<int64_t>::min())
    return absl::nullopt;
  return static_cast<int64_t>(sum);
}

enum class Form {
  kNumber,
  kFloat,
  kBool,
  kBlankPadded,
  kBytes,
  kDate,
  kTime,
  kTimestamp,
  kInterval,
  kVector,
};

const absl::flat_hash_map<absl::string_view, Form>& Forms() {
  static const auto* const forms =
      new absl::flat_hash_map<absl::string_view, Form>({
          {"smallint", Form::kNumber},
          {"integer", Form::kNumber},
          {"bigint", Form::kNumber},
          {"oid", Form::kNumber},
          {"real", Form::kFloat},
          {"double precision", Form::kFloat},
          {"boolean", Form::kBool},
          {"character", Form::kBlankPadded},
          {"bpchar", Form::kBlankPadded},
          {"bytea", Form::kBytes},
          {"date", Form::kDate},
          {"time without time zone", Form::kTime},
          {"time with time zone", Form::kTime},
          {"timestamp without time zone", Form::kTimestamp},
          {"timestamp with time zone", Form::kTimestamp},
          {"interval", Form::kInterval},
          {"oidvector", Form::kVector},
      });
  return *forms;
}

// What is printed otherwise than is known is told as it is printed.
std::string NumberOr(absl::optional<absl::int128> number,
                     absl::string_view text) {
  if (!number.has_value()) return JsonString(text);
  return *number < 0 ? absl::StrCat(static_cast<int64_t>(*number))
                     : absl::StrCat(static_cast<uint64_t>(*number));
}

std::string FloatJson(absl::string_view text) {
  const bool finite =
      text != "NaN" && text != "Infinity" && text != "-Infinity";
  return finite ? std::string(text) : JsonString(text);
}

std::string BytesJson(absl::string_view text) {
  absl::ConsumePrefix(&text, "\\x");
  return JsonString(absl::Base64Escape(absl::HexStringToBytes(text)));
}

}  // namespace

std::string JsonString(absl::string_view text) {
  return boost::json::serialize(boost::json::string(text.data(), text.size()));
}

std::string JsonValue(absl::string_view type, absl::string_view text) {
  const auto form = Forms().find(type);
  if (form == Forms().end()) return JsonString(text);
  switch (form->second) {
    case Form::kNumber:
      return std::string(text);
    case Form::kFloat:
      return FloatJson(text);
    case Form::kBool:
      return text == "t" || text == "true" ? "true" : "false";
    case Form::kBlankPadded: {
      const size_t last = text.find_last_not_of(' ');
      return JsonString(text.substr(0, last + 1));
    }
    case Form::kBytes:
      return BytesJson(text);
    case Form::kDate:
      return NumberOr(DateDays(text), text);
    case Form::kTime:
      return NumberOr(TimeMicros(text), text);
    case Form::kTimestamp:
      return NumberOr(TimestampMicros(text), text);
    case Form::kInterval: {
      const absl::optional<int64_t> micros = IntervalMicros(text);
      return micros.has_value() ? absl::StrCat(*micros) : "null";
    }
    case Form::kVector:
      return "[]";
  }
  return JsonString(text);
}

}  // namespace dsql::streams
