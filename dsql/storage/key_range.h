// SPDX-License-Identifier: Apache-2.0

// The end of the keys that start with a prefix, for stores that look for ranges
// of keys.

#ifndef DSQL_STORAGE_KEY_RANGE_H_
#define DSQL_STORAGE_KEY_RANGE_H_

#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"

namespace dsql {

// The first key, in the order of unsigned bytes, that comes after all that
// start with `prefix`; nullopt where none does: after "" and "\xff", say.
inline absl::optional<std::string> EndOfPrefix(absl::string_view prefix) {
  std::string end(prefix);
  while (!end.empty() && end.back() == '\xff') end.pop_back();
  if (end.empty()) return absl::nullopt;
  end.back() = static_cast<char>(static_cast<unsigned char>(end.back()) + 1);
  return end;
}

}  // namespace dsql

#endif  // DSQL_STORAGE_KEY_RANGE_H_
