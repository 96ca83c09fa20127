// SPDX-License-Identifier: Apache-2.0

#include "dsql/postgres/verbose_error.h"

#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/types/optional.h"
#include "dsql/base/sql_error.h"
#include "dsql/base/status_payload.h"
#include "dsql/v1/errors.pb.h"

namespace dsql::postgres {
namespace {

constexpr size_t kSqlStateLength = 5;

// What a text consists of: `before`, then "FATAL:  28000: ", then `after`.
struct Parts {
  absl::string_view before;
  absl::string_view severity;
  absl::string_view sqlstate;
  absl::string_view after;
};

// Whether `text` begins with an SQLSTATE and a colon.
bool BeginsWithSqlState(absl::string_view text) {
  if (text.size() < kSqlStateLength + 2) return false;
  for (const char c : text.substr(0, kSqlStateLength)) {
    if (!absl::ascii_isdigit(c) && !absl::ascii_isupper(c)) return false;
  }
  return text.substr(kSqlStateLength, 2) == ": ";
}

// The last error in `text`; nullopt where there is none with an SQLSTATE.
absl::optional<Parts> SplitAtLastError(absl::string_view text) {
  constexpr absl::string_view kMark = ":  ";
  for (size_t mark = text.rfind(kMark); mark != absl::string_view::npos;
       mark = mark == 0 ? mark - 1 : text.rfind(kMark, mark - 1)) {
    const absl::string_view rest = text.substr(mark + kMark.size());
    if (!BeginsWithSqlState(rest)) continue;
    const absl::string_view before = text.substr(0, mark);
    const size_t space = before.find_last_of(" \n");
    const size_t word = space == absl::string_view::npos ? 0 : space + 1;
    Parts parts;
    parts.severity = before.substr(word);
    parts.before = before.substr(0, word);
    parts.before.remove_prefix(parts.before.rfind('\n') + 1);
    parts.sqlstate = rest.substr(0, kSqlStateLength);
    parts.after = rest.substr(kSqlStateLength + 2);
    return parts;
  }
  return absl::nullopt;
}

// Cuts a label such as "HINT:  " off the front.
bool ConsumeLabel(absl::string_view label, absl::string_view* line) {
  if (!absl::StartsWith(*line, absl::StrCat(label, ":  "))) return false;
  line->remove_prefix(label.size() + 3);
  return true;
}

// What the lines after the SQLSTATE say. A line without a label goes on with
// the field before; fields that are not listed are dropped.
v1::SqlErrorDetail DetailOf(const Parts& parts) {
  v1::SqlErrorDetail detail;
  detail.set_severity(std::string(parts.severity));
  detail.set_sqlstate(std::string(parts.sqlstate));
  std::string dropped;
  std::string* field = nullptr;
  for (absl::string_view line : absl::StrSplit(parts.after, '\n')) {
    std::string* const previous = field;
    if (field == nullptr) {
      field = detail.mutable_message();
    } else if (ConsumeLabel("DETAIL", &line)) {
      field = detail.mutable_detail();
    } else if (ConsumeLabel("HINT", &line)) {
      field = detail.mutable_hint();
    } else if (ConsumeLabel("LOCATION", &line) ||
               ConsumeLabel("CONTEXT", &line)) {
      field = &dropped;
    }
    absl::StrAppend(field, field == previous ? "\n" : "", line);
  }
  return detail;
}

}  // namespace

absl::Status ErrorOfVerboseText(absl::string_view what,
                                absl::string_view text) {
  text = absl::StripAsciiWhitespace(text);
  const absl::optional<Parts> parts = SplitAtLastError(text);
  if (!parts.has_value()) {
    return absl::UnavailableError(absl::StrCat(what, ": ", text));
  }
  const absl::Status error = SqlError(DetailOf(*parts));
  return WithMessage(error,
                     absl::StrCat(what, ": ", parts->before, error.message()));
}

}  // namespace dsql::postgres
