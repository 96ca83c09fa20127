// SPDX-License-Identifier: Apache-2.0

// What is known of a request when policies are evaluated.

#ifndef DSQL_IAM_REQUEST_CONTEXT_H_
#define DSQL_IAM_REQUEST_CONTEXT_H_

#include <map>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace dsql {

// RequestContext holds condition keys with their values; a key that is missing
// is absent from the request. Keys have no case, that of a tag's key included:
// "aws:PrincipalTag/Team" is "aws:principaltag/team". A value type.
class RequestContext {
 public:
  using Values = std::vector<std::string>;

  RequestContext() = default;
  // {{"aws:SourceVpc", {"vpc-1"}}}
  explicit RequestContext(const std::map<std::string, Values>& keys) {
    Add(keys);
  }

  // Replaces what the key had; without values the key is absent.
  void Set(absl::string_view key, Values values);
  void Add(const std::map<std::string, Values>& keys);
  // As Add(), of another context.
  void Add(const RequestContext& other) { Add(other.keys_); }
  // Sets "<prefix><key>" for each tag: AddTags("aws:RequestTag/", tags).
  template <typename Tags>
  void AddTags(absl::string_view prefix, const Tags& tags) {
    for (const auto& tag : tags)
      Set(std::string(prefix) + tag.first, {tag.second});
  }

  // Empty where the key is absent.
  const Values& Find(absl::string_view key) const;
  bool Has(absl::string_view key) const { return !Find(key).empty(); }

 private:
  // By key in lower case.
  std::map<std::string, Values> keys_;
};

}  // namespace dsql

#endif  // DSQL_IAM_REQUEST_CONTEXT_H_
