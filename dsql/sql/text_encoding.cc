// SPDX-License-Identifier: Apache-2.0

#include "dsql/sql/text_encoding.h"

#include <iconv.h>

#include <algorithm>
#include <cstddef>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "dsql/sql/encoding.h"

namespace dsql::sql {
namespace {

constexpr char kUtf8[] = "UTF-8";

// PostgreSQL's names, and iconv()'s. PostgreSQL's SJIS has the characters of
// Windows. In all of them ASCII is ASCII, which is not so in what iconv() has
// for SHIFT_JIS_2004 and JOHAB.
struct Name {
  const char* postgres;
  const char* iconv;
};
constexpr Name kNames[] = {
    {"LATIN1", "ISO-8859-1"},
    {"LATIN2", "ISO-8859-2"},
    {"LATIN3", "ISO-8859-3"},
    {"LATIN4", "ISO-8859-4"},
    {"LATIN5", "ISO-8859-9"},
    {"LATIN6", "ISO-8859-10"},
    {"LATIN7", "ISO-8859-13"},
    {"LATIN8", "ISO-8859-14"},
    {"LATIN9", "ISO-8859-15"},
    {"LATIN10", "ISO-8859-16"},
    {"ISO_8859_5", "ISO-8859-5"},
    {"ISO_8859_6", "ISO-8859-6"},
    {"ISO_8859_7", "ISO-8859-7"},
    {"ISO_8859_8", "ISO-8859-8"},
    {"KOI8R", "KOI8-R"},
    {"KOI8U", "KOI8-U"},
    {"WIN866", "CP866"},
    {"WIN874", "CP874"},
    {"WIN1250", "CP1250"},
    {"WIN1251", "CP1251"},
    {"WIN1252", "CP1252"},
    {"WIN1253", "CP1253"},
    {"WIN1254", "CP1254"},
    {"WIN1255", "CP1255"},
    {"WIN1256", "CP1256"},
    {"WIN1257", "CP1257"},
    {"WIN1258", "CP1258"},
    {"EUC_JP", "EUC-JP"},
    {"EUC_JIS_2004", "EUC-JISX0213"},
    {"EUC_CN", "EUC-CN"},
    {"EUC_KR", "EUC-KR"},
    {"EUC_TW", "EUC-TW"},
    {"SJIS", "CP932"},
    {"BIG5", "BIG5"},
    {"GBK", "GBK"},
    {"GB18030", "GB18030"},
    {"UHC", "UHC"},
};

const char* FindIconvName(absl::string_view name) {
  for (const Name& known : kNames)
    if (name == known.postgres) return known.iconv;
  return nullptr;
}

bool IsAscii(absl::string_view text) {
  return std::all_of(text.begin(), text.end(), absl::ascii_isascii);
}

// Conversion between two encodings that iconv() knows, or does not.
class Conversion {
 public:
  Conversion(const char* from, const char* to) : state_(iconv_open(to, from)) {}
  ~Conversion() {
    if (known()) iconv_close(state_);
  }
  Conversion(const Conversion&) = delete;
  Conversion& operator=(const Conversion&) = delete;

  bool known() const {
    return state_ != reinterpret_cast<iconv_t>(-1);  // NOLINT: POSIX's value
  }

  // Takes what can be converted off the front of `*text`: all of it, but for
  // bytes that are no character.
  std::string Convert(absl::string_view* text) {
    // No character takes more bytes than four, from none less than one.
    std::string converted(4 * text->size() + 4, '\0');
    char* in = const_cast<char*>(text->data());
    size_t in_left = text->size();
    char* out = &converted[0];
    size_t out_left = converted.size();
    // What is held back until it is known what follows is written at the end.
    if (iconv(state_, &in, &in_left, &out, &out_left) != kFailed)
      iconv(state_, nullptr, nullptr, &out, &out_left);
    text->remove_prefix(text->size() - in_left);
    converted.resize(converted.size() - out_left);
    return converted;
  }

 private:
  static constexpr size_t kFailed = static_cast<size_t>(-1);

  const iconv_t state_;
};

}  // namespace

TextEncoding::TextEncoding(absl::string_view name)
    : name_(name),
      iconv_name_(FindIconvName(name)),
      // The only other name of it that PostgreSQL reports is what old clients
      // set.
      is_utf8_(name == "UTF8" || name == "UNICODE" || name == "SQL_ASCII") {}

absl::optional<Refusal> TextEncoding::Read(absl::string_view* text,
                                           std::string* utf8) const {
  if (is_utf8_) return CheckEncoding(*text);
  if (IsAscii(*text)) return absl::nullopt;
  if (iconv_name_ == nullptr) return NotSupported();
  Conversion conversion(iconv_name_, kUtf8);
  if (!conversion.known()) return NotSupported();
  absl::string_view rest = *text;
  *utf8 = conversion.Convert(&rest);
  if (!rest.empty()) return NotCharacter(static_cast<unsigned char>(rest[0]));
  if (FromUtf8(*utf8) != *text) return NotSupported();
  *text = *utf8;
  return absl::nullopt;
}

std::string TextEncoding::ToUtf8(absl::string_view text) const {
  if (is_utf8_ || iconv_name_ == nullptr || IsAscii(text))
    return std::string(text);
  Conversion conversion(iconv_name_, kUtf8);
  absl::string_view rest = text;
  std::string utf8 = conversion.known() ? conversion.Convert(&rest) : "";
  return rest.empty() ? utf8 : std::string(text);
}

absl::optional<std::string> TextEncoding::FromUtf8(
    absl::string_view text) const {
  if (is_utf8_ || IsAscii(text)) return std::string(text);
  if (iconv_name_ == nullptr) return absl::nullopt;
  Conversion conversion(kUtf8, iconv_name_);
  if (!conversion.known()) return absl::nullopt;
  absl::string_view rest = text;
  std::string bytes = conversion.Convert(&rest);
  // One that is much alike may have been taken, a backslash for a yen.
  if (!rest.empty() || ToUtf8(bytes) != text) return absl::nullopt;
  return bytes;
}

Refusal TextEncoding::NotSupported() const {
  Refusal refusal;
  refusal.error.set_severity("ERROR");
  refusal.error.set_sqlstate("0A000");
  refusal.error.set_message(
      absl::StrCat("statements with other characters than ASCII in encoding \"",
                   name_, "\" not supported"));
  refusal.error.set_hint("Set client_encoding to UTF8.");
  return refusal;
}

Refusal TextEncoding::NotCharacter(unsigned char byte) const {
  Refusal refusal;
  refusal.error.set_severity("ERROR");
  refusal.error.set_sqlstate("22P05");
  refusal.error.set_message(absl::StrCat(
      "character with byte sequence 0x", absl::Hex(byte, absl::kZeroPad2),
      " in encoding \"", name_, "\" has no equivalent in encoding \"UTF8\""));
  return refusal;
}

}  // namespace dsql::sql
