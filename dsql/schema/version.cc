// SPDX-License-Identifier: Apache-2.0

#include "dsql/schema/version.h"

#include <cstdint>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace dsql::schema {
namespace {

// Returns whether `text` is numbers with dots, or underscores, between them.
bool ParseVersion(absl::string_view text, std::vector<int64_t>* version) {
  for (const absl::string_view part :
       absl::StrSplit(text, absl::ByAnyChar("._"))) {
    int64_t number = 0;
    // A number may not have a sign or blanks.
    if (part.empty() || !absl::ascii_isdigit(part.front()) ||
        !absl::ascii_isdigit(part.back()) || !absl::SimpleAtoi(part, &number)) {
      return false;
    }
    version->push_back(number);
  }
  while (version->size() > 1 && version->back() == 0) version->pop_back();
  return true;
}

}  // namespace

absl::StatusOr<MigrationName> ParseMigrationName(absl::string_view file) {
  const absl::Status error = absl::InvalidArgumentError(absl::StrCat(
      file,
      " is no name of a migration: V<version>__<name>.sql, as "
      "V1.2__orders.sql, or R__<name>.sql for one that is repeatable"));
  absl::string_view stem = file;
  if (!absl::ConsumeSuffix(&stem, ".sql")) return error;
  const size_t separator = stem.find("__");
  if (separator == absl::string_view::npos || separator + 2 == stem.size()) {
    return error;
  }
  absl::string_view prefix = stem.substr(0, separator);
  MigrationName name;
  name.repeatable = prefix == "R";
  if (name.repeatable) return name;
  if (!absl::ConsumePrefix(&prefix, "V")) return error;
  if (!ParseVersion(prefix, &name.version)) return error;
  return name;
}

std::string VersionToString(const std::vector<int64_t>& version) {
  return absl::StrJoin(version, ".");
}

}  // namespace dsql::schema
