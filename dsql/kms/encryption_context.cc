// SPDX-License-Identifier: Apache-2.0

#include "dsql/kms/encryption_context.h"

#include "absl/strings/str_cat.h"

namespace dsql::kms {

std::string AssociatedData(const std::map<std::string, std::string>& context) {
  std::string data;
  for (const auto& [name, value] : context) {
    // With the lengths no two contexts are joined to the same.
    absl::StrAppend(&data, name.size(), ":", name, value.size(), ":", value);
  }
  return data;
}

}  // namespace dsql::kms
