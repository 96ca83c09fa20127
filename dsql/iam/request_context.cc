// SPDX-License-Identifier: Apache-2.0

#include "dsql/iam/request_context.h"

#include <utility>

#include "absl/strings/ascii.h"

namespace dsql {

void RequestContext::Set(absl::string_view key, Values values) {
  keys_[absl::AsciiStrToLower(key)] = std::move(values);
}

void RequestContext::Add(const std::map<std::string, Values>& keys) {
  for (const auto& key : keys) Set(key.first, key.second);
}

const RequestContext::Values& RequestContext::Find(
    absl::string_view key) const {
  static const Values* const none = new Values();
  const auto found = keys_.find(absl::AsciiStrToLower(key));
  return found == keys_.end() ? *none : found->second;
}

}  // namespace dsql
