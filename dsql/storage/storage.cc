// SPDX-License-Identifier: Apache-2.0

#include "dsql/storage/storage.h"

#include <set>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace dsql {

absl::Status CheckKeysDiffer(const WriteBatch& batch) {
  std::set<std::pair<absl::string_view, absl::string_view>> keys;
  const auto check = [&keys](absl::string_view table, absl::string_view key) {
    if (keys.emplace(table, key).second) return absl::OkStatus();
    return absl::InvalidArgumentError(
        absl::StrCat("The batch names key ", absl::CHexEscape(key),
                     " of table ", absl::CHexEscape(table), " twice"));
  };
  for (const WriteBatch::Write& write : batch.writes()) {
    const absl::Status status = check(write.table, write.key);
    if (!status.ok()) return status;
  }
  for (const WriteBatch::Expectation& expected : batch.expectations()) {
    const absl::Status status = check(expected.table, expected.key);
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::Status WrongVersion(absl::string_view table, absl::string_view key,
                          int64_t version, int64_t expected) {
  return absl::AbortedError(absl::StrCat(
      "Key ", absl::CHexEscape(key), " of table ", absl::CHexEscape(table),
      " has version ", version, ", expected ", expected));
}

}  // namespace dsql
