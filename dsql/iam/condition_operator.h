// SPDX-License-Identifier: Apache-2.0

// The operators of a policy's Condition block, and what they compare.

#ifndef DSQL_IAM_CONDITION_OPERATOR_H_
#define DSQL_IAM_CONDITION_OPERATOR_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "dsql/iam/wildcard_pattern.h"

namespace dsql {

// "ForAnyValue:StringLikeIfExists" taken apart. A value type.
class ConditionOperator {
 public:
  // Returns nullopt where IAM has no such operator.
  static absl::optional<ConditionOperator> Parse(absl::string_view text);

  // Whether IAM knows policy variables in its values.
  bool takes_variables() const { return takes_variables_; }

  // Applies the operator to the values of the policy and those that the request
  // has for the key; no values where the request lacks the key.
  bool Holds(const std::vector<WildcardPattern>& policy_values,
             const std::vector<std::string>& request_values) const;

 private:
  enum class Set { kSingle, kAnyValue, kAllValues };
  using Comparison = bool (*)(const WildcardPattern& policy_value,
                              const std::string& request_value);

  bool HoldsFor(const std::vector<WildcardPattern>& policy_values,
                const std::string& request_value) const;

  Set set_ = Set::kSingle;
  bool if_exists_ = false;
  bool is_null_test_ = false;
  // The comparison must fail for every value of the policy.
  bool negated_ = false;
  bool takes_variables_ = false;
  Comparison compare_ = nullptr;
};

}  // namespace dsql

#endif  // DSQL_IAM_CONDITION_OPERATOR_H_
