// SPDX-License-Identifier: Apache-2.0

#include "dsql/http/redaction.h"

#include <utility>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "dsql/iam/uri_encoding.h"

namespace dsql {
namespace http {
namespace {

constexpr absl::string_view kSecretParameters[] = {
    "X-Amz-Signature", "X-Amz-Security-Token", "X-Amz-Credential"};
constexpr absl::string_view kSecretHeader = "x-amz-security-token:";
constexpr char kRedacted[] = "REDACTED";

std::string RedactParameter(absl::string_view parameter) {
  const std::pair<absl::string_view, absl::string_view> parts =
      absl::StrSplit(parameter, absl::MaxSplits('=', 1));
  const std::string name = UriDecode(parts.first);
  const bool secret =
      absl::c_any_of(kSecretParameters, [&name](absl::string_view known) {
        return absl::EqualsIgnoreCase(name, known);
      });
  return secret ? absl::StrCat(parts.first, "=", kRedacted)
                : std::string(parameter);
}

std::string RedactQuery(absl::string_view query) {
  return absl::StrJoin(absl::StrSplit(query, '&'), "&",
                       [](std::string* out, absl::string_view parameter) {
                         out->append(RedactParameter(parameter));
                       });
}

std::string RedactLine(absl::string_view line) {
  if (absl::StartsWithIgnoreCase(line, kSecretHeader)) {
    return absl::StrCat(line.substr(0, kSecretHeader.size()), kRedacted);
  }
  const size_t question_mark = line.find('?');
  if (question_mark == line.npos) return RedactQuery(line);
  return absl::StrCat(line.substr(0, question_mark + 1),
                      RedactQuery(line.substr(question_mark + 1)));
}

}  // namespace

std::string Redact(absl::string_view text) {
  return absl::StrJoin(absl::StrSplit(text, '\n'), "\n",
                       [](std::string* out, absl::string_view line) {
                         out->append(RedactLine(line));
                       });
}

}  // namespace http
}  // namespace dsql
