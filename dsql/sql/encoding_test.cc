// SPDX-License-Identifier: Apache-2.0

#include "dsql/sql/encoding.h"

#include <string>

#include "gtest/gtest.h"

namespace dsql::sql {
namespace {

// The bytes that are wrong.
std::string Wrong(absl::string_view text) {
  const absl::optional<Refusal> refusal = CheckEncoding(text);
  if (!refusal.has_value()) return "";
  EXPECT_EQ(refusal->error.sqlstate(), "22021");
  const std::string& message = refusal->error.message();
  return message.substr(message.find(':') + 2);
}

TEST(EncodingTest, Utf8IsAccepted) {
  for (const char* text :
       {"", "SELECT 1", "SELECT '\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80' AS x",
        "\xED\x9F\xBF", "\xEE\x80\x80", "\xF4\x8F\xBF\xBF"}) {
    EXPECT_EQ(Wrong(text), "") << text;
  }
}

TEST(EncodingTest, OtherBytesAreTold) {
  const struct {
    absl::string_view text;
    const char* wrong;
  } kCases[] = {
      {"SELECT '\xE9'", "0xe9 0x27"},
      {"SELECT 12345 '\xFF'", "0xff"},
      {"\x80", "0x80"},
      {"\xC0\xAF", "0xc0 0xaf"},
      {"\xE0\x80\x80", "0xe0 0x80 0x80"},
      {"\xED\xA0\x80", "0xed 0xa0 0x80"},
      {"\xF4\x90\x80\x80", "0xf4 0x90 0x80 0x80"},
      {"\xF5\x80\x80\x80", "0xf5 0x80 0x80 0x80"},
      {"\xE2\x82", "0xe2 0x82"},
      {"\xE2\x82x and more", "0xe2 0x82 0x78"},
      {absl::string_view("abcdefg\0hijklmn", 15), "0x00"},
  };
  for (const auto& test : kCases) EXPECT_EQ(Wrong(test.text), test.wrong);
}

}  // namespace
}  // namespace dsql::sql
