// The operators of a policy's Condition block, and what they compare.

#ifndef DSQL_IAM_CONDITION_OPERATOR_H_
#define DSQL_IAM_CONDITION_OPERATOR_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"

namespace dsql {

// True where `text` matches `pattern`, in which * stands for any characters and
// ? for one.
bool MatchesWildcard(absl::string_view pattern, absl::string_view text);

// "ForAnyValue:StringLikeIfExists" taken apart. A value type.
class ConditionOperator {
 public:
  // Returns nullopt where IAM has no such operator.
  static absl::optional<ConditionOperator> Parse(absl::string_view text);

  // Applies the operator to the values of the policy and those that the request
  // has for the key; no values where the request lacks the key.
  bool Holds(const std::vector<std::string>& policy_values,
             const std::vector<std::string>& request_values) const;

 private:
  enum class Set { kSingle, kAnyValue, kAllValues };
  using Comparison = bool (*)(const std::string& policy_value,
                              const std::string& request_value);

  bool HoldsFor(const std::vector<std::string>& policy_values,
                const std::string& request_value) const;

  Set set_ = Set::kSingle;
  bool if_exists_ = false;
  bool is_null_test_ = false;
  // The comparison must fail for every value of the policy.
  bool negated_ = false;
  Comparison compare_ = nullptr;
};

}  // namespace dsql

#endif  // DSQL_IAM_CONDITION_OPERATOR_H_
