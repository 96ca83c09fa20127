#include "dsql/iam/policy_evaluator.h"

#include "absl/algorithm/container.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "dsql/iam/condition_operator.h"

namespace dsql {
namespace {

// "arn:aws:iam::<account>:..." -> "<account>"
std::string AccountOf(const std::string& arn) {
  const std::vector<std::string> parts =
      absl::StrSplit(arn, absl::MaxSplits(':', 5));
  return parts.size() == 6 ? parts[4] : std::string();
}

// The role of "arn:aws:sts::<account>:assumed-role/<role>/<session>"; empty for
// other ARNs.
std::string RoleOfSession(const std::string& arn) {
  const std::vector<std::string> path =
      absl::StrSplit(arn, absl::MaxSplits('/', 2));
  if (path.size() != 3 || !absl::EndsWith(path[0], ":assumed-role")) return "";
  return absl::StrCat(absl::StrReplaceAll(path[0], {{":sts:", ":iam:"},
                                                    {"assumed-role", "role"}}),
                      "/", path[1]);
}

bool MatchesPrincipal(const PolicyPrincipal& principal,
                      const std::string& arn) {
  if (principal.value == "*") return principal.type != "Service";
  if (principal.type != "AWS") return false;
  const std::string account = AccountOf(arn);
  if (principal.value == account) return true;
  if (absl::EndsWith(principal.value, ":root")) {
    return AccountOf(principal.value) == account;
  }
  return principal.value == arn || principal.value == RoleOfSession(arn);
}

bool MatchesAny(const std::vector<std::string>& patterns,
                const std::string& text, bool ignore_case) {
  return absl::c_any_of(patterns, [&](const std::string& pattern) {
    return ignore_case ? MatchesWildcard(absl::AsciiStrToLower(pattern),
                                         absl::AsciiStrToLower(text))
                       : MatchesWildcard(pattern, text);
  });
}

bool ConditionHolds(const PolicyCondition& condition,
                    const PolicyRequest& request) {
  static const auto& kNoValues = *new std::vector<std::string>();
  const auto found = request.context.find(absl::AsciiStrToLower(condition.key));
  return ConditionOperator::Parse(condition.op)
      ->Holds(condition.values,
              found == request.context.end() ? kNoValues : found->second);
}

bool Applies(const PolicyStatement& statement, const PolicyRequest& request) {
  const bool principal = absl::c_any_of(
      statement.principals, [&](const PolicyPrincipal& candidate) {
        return MatchesPrincipal(candidate, request.principal_arn);
      });
  return principal != statement.not_principal &&
         MatchesAny(statement.actions, request.action, true) !=
             statement.not_action &&
         MatchesAny(statement.resources, request.resource_arn, false) !=
             statement.not_resource &&
         absl::c_all_of(statement.conditions,
                        [&](const PolicyCondition& condition) {
                          return ConditionHolds(condition, request);
                        });
}

}  // namespace

PolicyDecision EvaluatePolicy(const PolicyDocument& policy,
                              const PolicyRequest& request) {
  PolicyDecision decision = PolicyDecision::kNone;
  for (const PolicyStatement& statement : policy.statements) {
    if (!Applies(statement, request)) continue;
    if (!statement.allow) return PolicyDecision::kDeny;
    decision = PolicyDecision::kAllow;
  }
  return decision;
}

}  // namespace dsql
