// SPDX-License-Identifier: Apache-2.0

#include "dsql/iam/uri_encoding.h"

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"

namespace dsql {
namespace {

std::string Encode(absl::string_view text, absl::string_view unreserved) {
  static constexpr char kHexDigits[] = "0123456789ABCDEF";
  std::string encoded;
  encoded.reserve(text.size());
  for (const char c : text) {
    const unsigned char byte = c;
    if (absl::ascii_isalnum(byte) || absl::StrContains(unreserved, c)) {
      encoded.push_back(c);
    } else {
      encoded.append({'%', kHexDigits[byte >> 4], kHexDigits[byte & 15]});
    }
  }
  return encoded;
}

}  // namespace

std::string UriEncode(absl::string_view text) { return Encode(text, "-_.~"); }

std::string UriEncodePath(absl::string_view path) {
  return Encode(path, "-_.~/");
}

std::string UriDecode(absl::string_view text) {
  std::string decoded;
  decoded.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() &&
        absl::ascii_isxdigit(text[i + 1]) &&
        absl::ascii_isxdigit(text[i + 2])) {
      decoded.append(absl::HexStringToBytes(text.substr(i + 1, 2)));
      i += 2;
    } else {
      decoded.push_back(text[i]);
    }
  }
  return decoded;
}

}  // namespace dsql
