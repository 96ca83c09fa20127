// SPDX-License-Identifier: Apache-2.0

#include "dsql/streams/record/json_value.h"

#include <string>

#include "gtest/gtest.h"

namespace dsql::streams {
namespace {

struct Case {
  std::string type;
  std::string text;
  std::string json;
};

TEST(JsonValueTest, EveryType) {
  const Case cases[] = {
      {"smallint", "-32768", "-32768"},
      {"integer", "0", "0"},
      {"bigint", "9223372036854775807", "9223372036854775807"},
      {"oid", "4294967295", "4294967295"},
      {"real", "1.5", "1.5"},
      {"double precision", "1e+20", "1e+20"},
      {"double precision", "NaN", "\"NaN\""},
      {"double precision", "Infinity", "\"Infinity\""},
      {"real", "-Infinity", "\"-Infinity\""},
      {"numeric", "1.50", "\"1.50\""},
      {"numeric", "NaN", "\"NaN\""},
      {"numeric", "-Infinity", "\"-Infinity\""},
      {"text", "", "\"\""},
      {"text", "a\"b\\c\n\x01\xc3\xa9", "\"a\\\"b\\\\c\\n\\u0001\xc3\xa9\""},
      {"character varying", "a  ", "\"a  \""},
      {"character", "ab   ", "\"ab\""},
      {"character", "     ", "\"\""},
      {"bpchar", " a ", "\" a\""},
      {"name", "n", "\"n\""},
      {"\"char\"", "c", "\"c\""},
      {"oidvector", "1 2", "[]"},
      {"uuid", "392b1aa9-11db-4f73-a576-e0c44a9a1548",
       "\"392b1aa9-11db-4f73-a576-e0c44a9a1548\""},
      {"boolean", "true", "true"},
      {"boolean", "f", "false"},
      {"bytea", "\\x", "\"\""},
      {"bytea", "\\x00ff", "\"AP8=\""},
      {"json", "{\"a\":  1}", "\"{\\\"a\\\":  1}\""},
      {"jsonb", "[1, 2]", "\"[1, 2]\""},
      {"date", "1970-01-01", "0"},
      {"date", "1969-12-31", "-1"},
      {"date", "2026-11-26", "20783"},
      {"date", "0044-03-15 BC", "-735160"},
      {"date", "4713-01-01 BC", "-2440550"},
      {"date", "5874897-12-31", "2145042905"},
      {"date", "infinity", "2147483647"},
      {"date", "-infinity", "-2147483648"},
      {"time without time zone", "00:00:00", "0"},
      {"time without time zone", "24:00:00", "86400000000"},
      {"time without time zone", "04:05:06.789", "14706789000"},
      {"time with time zone", "01:02:03+00", "3723000000"},
      {"time with time zone", "01:02:03+05:30", "70323000000"},
      {"time with time zone", "23:00:00-02", "3600000000"},
      {"time with time zone", "24:00:00+00", "0"},
      {"time with time zone", "01:00:00-00:00:01", "3601000000"},
      {"timestamp without time zone", "1970-01-01 00:00:00.000001", "1"},
      {"timestamp without time zone", "1969-12-31 23:59:59.5", "-500000"},
      {"timestamp without time zone", "294276-12-31 23:59:59.999999",
       "9224318015999999999"},
      {"timestamp with time zone", "2026-11-26 15:32:23.659549+00",
       "1795707143659549"},
      {"timestamp with time zone", "0044-03-15 12:00:00+00 BC",
       "-63517780800000000"},
      {"timestamp with time zone", "infinity", "9223372036825200000"},
      {"timestamp without time zone", "-infinity", "-9223372036832400000"},
      {"interval", "PT0S", "0"},
      {"interval", "P1Y2M3DT4H5M6.789S", "37091106789000"},
      {"interval", "P-10M-3DT4H5M6.7S", "-26542493300000"},
      {"interval", "PT-0.000001S", "-1"},
      {"interval", "PT-4H-5M-6S", "-14706000000"},
      {"interval", "P1M", "2629800000000"},
      {"interval", "P178956970Y7M", "null"},
      {"public.mood", "happy", "\"happy\""},
      {"integer[]", "{1,2}", "\"{1,2}\""},
  };
  for (const Case& c : cases)
    EXPECT_EQ(JsonValue(c.type, c.text), c.json) << c.type << " " << c.text;
}

// A version of PostgreSQL that prints something else breaks no record.
TEST(JsonValueTest, WhatIsNotUnderstoodIsText) {
  EXPECT_EQ(JsonValue("date", "tomorrow"), "\"tomorrow\"");
  EXPECT_EQ(JsonValue("time without time zone", "noon"), "\"noon\"");
  EXPECT_EQ(JsonValue("timestamp with time zone", "2026-11-26 15:32:23+01"),
            "\"2026-11-26 15:32:23+01\"");
}

}  // namespace
}  // namespace dsql::streams
