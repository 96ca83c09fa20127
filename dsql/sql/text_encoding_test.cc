// SPDX-License-Identifier: Apache-2.0

#include "dsql/sql/text_encoding.h"

#include <string>

#include "gtest/gtest.h"

namespace dsql::sql {
namespace {

// What it is in UTF-8, or the SQLSTATE and the message that refuse it.
std::string Read(const char* encoding, absl::string_view text) {
  std::string utf8;
  const absl::optional<Refusal> refusal =
      TextEncoding(encoding).Read(&text, &utf8);
  if (!refusal.has_value()) return std::string(text);
  return refusal->error.sqlstate() + " " + refusal->error.message();
}

TEST(TextEncodingTest, TextsAreReadAsWritten) {
  const struct {
    const char* encoding;
    const char* text;
    const char* utf8;
  } kCases[] = {
      {"UTF8", "caf\xC3\xA9", "caf\xC3\xA9"},
      {"UNICODE", "caf\xC3\xA9", "caf\xC3\xA9"},
      {"SQL_ASCII", "caf\xC3\xA9", "caf\xC3\xA9"},
      {"LATIN1", "caf\xE9", "caf\xC3\xA9"},
      {"LATIN1", "\x80\xC3\xA9", "\xC2\x80\xC3\x83\xC2\xA9"},
      {"LATIN2", "\xA1", "\xC4\x84"},
      {"LATIN9", "\xA4 \xE9", "\xE2\x82\xAC \xC3\xA9"},
      {"WIN1252", "\x80 \xE9", "\xE2\x82\xAC \xC3\xA9"},
      {"WIN1251", "\xFF", "\xD1\x8F"},
      {"KOI8R", "\xFF", "\xD0\xAA"},
      {"SJIS", "SELECT 1", "SELECT 1"},
      // The second byte of the character is a backslash.
      {"SJIS", "'\x95\x5C'", "'\xE8\xA1\xA8'"},
      {"EUC_JP", "\xB0\xEC", "\xE4\xB8\x80"},
      {"GBK", "\xD2\xBB", "\xE4\xB8\x80"},
      {"GB18030", "\xD2\xBB \x94\x39\xFC\x36", "\xE4\xB8\x80 \xF0\x9F\x98\x80"},
      {"JOHAB", "", ""},
  };
  for (const auto& test : kCases)
    EXPECT_EQ(Read(test.encoding, test.text), test.utf8) << test.encoding;
}

TEST(TextEncodingTest, WhatCannotBeReadIsRefused) {
  EXPECT_EQ(Read("UTF8", "caf\xE9'"),
            "22021 invalid byte sequence for encoding \"UTF8\": 0xe9 0x27");
  EXPECT_EQ(Read("SQL_ASCII", "\xFF"),
            "22021 invalid byte sequence for encoding \"UTF8\": 0xff");
  EXPECT_EQ(Read("WIN1252", "\x81"),
            "22P05 character with byte sequence 0x81 in encoding \"WIN1252\" "
            "has no equivalent in encoding \"UTF8\"");
  EXPECT_EQ(Read("SJIS", "\x95"),
            "22P05 character with byte sequence 0x95 in encoding \"SJIS\" "
            "has no equivalent in encoding \"UTF8\"");
  EXPECT_EQ(Read("MULE_INTERNAL", "\x81\xE9"),
            "0A000 statements with other characters than ASCII in encoding "
            "\"MULE_INTERNAL\" not supported");
}

TEST(TextEncodingTest, TextsAreWrittenAsTheyWereRead) {
  for (const char* name :
       {"LATIN1", "LATIN2", "LATIN9", "KOI8U", "ISO_8859_8", "WIN874",
        "WIN1250", "WIN1252", "WIN1256", "WIN1258"}) {
    const TextEncoding encoding(name);
    int known = 0;
    for (int byte = 0x80; byte < 0x100; ++byte) {
      const std::string written = {'a', static_cast<char>(byte), '\''};
      absl::string_view text = written;
      std::string utf8;
      if (encoding.Read(&text, &utf8).has_value()) continue;
      EXPECT_EQ(encoding.FromUtf8(text), written) << name << " " << byte;
      ++known;
    }
    EXPECT_GT(known, 80) << name;
  }
}

TEST(TextEncodingTest, AsciiIsAsciiInAll) {
  std::string ascii;
  for (char c = 1; c < 127; ++c) ascii += c;
  for (const char* name :
       {"LATIN1", "KOI8R", "ISO_8859_6", "WIN866", "WIN1258", "EUC_JP",
        "EUC_JIS_2004", "EUC_CN", "EUC_KR", "EUC_TW", "SJIS", "BIG5", "GBK",
        "GB18030", "UHC", "SHIFT_JIS_2004", "JOHAB"}) {
    // Beside one that is not.
    const std::string written = ascii + "\xB0\xA1";
    absl::string_view text = written;
    std::string utf8;
    if (TextEncoding(name).Read(&text, &utf8).has_value()) continue;
    EXPECT_EQ(text.substr(0, ascii.size()), ascii) << name;
  }
}

// Not by a character that is much alike, a backslash say.
TEST(TextEncodingTest, NoOtherCharacterIsWritten) {
  for (const char* name : {"SJIS", "EUC_JP", "EUC_KR", "GBK"})
    for (const char* text : {"\xC2\xA5", "\xE2\x80\xBE", "\xE2\x82\xA9"}) {
      const TextEncoding encoding(name);
      const auto written = encoding.FromUtf8(text);
      if (written.has_value()) {
        EXPECT_EQ(encoding.ToUtf8(*written), text) << name;
      }
    }
  EXPECT_EQ(TextEncoding("SJIS").FromUtf8("\xC2\xA5"), absl::nullopt);
  EXPECT_EQ(TextEncoding("EUC_JP").FromUtf8("\xC2\xA5"), absl::nullopt);
}

TEST(TextEncodingTest, WhatAnEncodingHasNotCannotBeWritten) {
  for (const char* text : {"\xE2\x82\xAC", "\xCE\xA9", "\xF0\x9F\x98\x80"}) {
    EXPECT_EQ(TextEncoding("LATIN1").FromUtf8(text), absl::nullopt) << text;
    EXPECT_EQ(TextEncoding("MULE_INTERNAL").FromUtf8(text), absl::nullopt)
        << text;
    EXPECT_EQ(TextEncoding("UTF8").FromUtf8(text), text);
  }
  EXPECT_EQ(TextEncoding("SJIS").FromUtf8("x"), "x");
}

}  // namespace
}  // namespace dsql::sql
