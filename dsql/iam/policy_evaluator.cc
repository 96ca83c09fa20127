#include "dsql/iam/policy_evaluator.h"

#include "absl/algorithm/container.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "dsql/iam/condition_operator.h"

namespace dsql {
namespace {

// "arn:aws:iam::<account>:..." -> "<account>"
std::string AccountOf(const std::string& arn) {
  const std::vector<std::string> parts =
      absl::StrSplit(arn, absl::MaxSplits(':', 5));
  return parts.size() == 6 ? parts[4] : std::string();
}

// The parts of "arn:aws:sts::<account>:assumed-role/<role>/<session>".
struct RoleSession {
  absl::string_view account;
  absl::string_view role;
};

absl::optional<RoleSession> ParseRoleSession(absl::string_view arn) {
  const std::vector<absl::string_view> parts =
      absl::StrSplit(arn, absl::MaxSplits(':', 5));
  if (parts.size() != 6 || parts[2] != "sts") return absl::nullopt;
  const std::vector<absl::string_view> path = absl::StrSplit(parts[5], '/');
  if (path.size() != 3 || path[0] != "assumed-role") return absl::nullopt;
  return RoleSession{parts[4], path[1]};
}

// A session's ARN lacks the path of its role: "role/team/app" is "app" there.
bool IsRoleOf(absl::string_view role_arn, const RoleSession& session) {
  const std::vector<absl::string_view> parts =
      absl::StrSplit(role_arn, absl::MaxSplits(':', 5));
  return parts.size() == 6 && parts[2] == "iam" &&
         parts[4] == session.account && absl::StartsWith(parts[5], "role/") &&
         parts[5].substr(parts[5].rfind('/') + 1) == session.role;
}

bool IsRootOf(const std::string& principal, const std::string& account) {
  return absl::EndsWith(principal, absl::StrCat(":iam::", account, ":root"));
}

bool MatchesPrincipal(const PolicyPrincipal& principal,
                      const std::string& arn) {
  if (principal.type != "AWS" && principal.type != "*") return false;
  if (principal.value == "*" || principal.value == arn) return true;
  const std::string account = AccountOf(arn);
  if (principal.value == account || IsRootOf(principal.value, account)) {
    return true;
  }
  const absl::optional<RoleSession> session = ParseRoleSession(arn);
  return session.has_value() && IsRoleOf(principal.value, *session);
}

// The key names a session by its role.
std::string PrincipalArnKey(const PolicyRequest& request) {
  const absl::optional<RoleSession> session =
      ParseRoleSession(request.principal_arn);
  if (!session.has_value()) return request.principal_arn;
  const std::vector<absl::string_view> parts =
      absl::StrSplit(request.principal_arn, absl::MaxSplits(':', 2));
  return absl::StrCat("arn:", parts[1], ":iam::", session->account, ":role/",
                      session->role);
}

bool MatchesAny(const std::vector<std::string>& patterns,
                const std::string& text, bool ignore_case) {
  return absl::c_any_of(patterns, [&](const std::string& pattern) {
    return ignore_case ? MatchesWildcard(absl::AsciiStrToLower(pattern),
                                         absl::AsciiStrToLower(text))
                       : MatchesWildcard(pattern, text);
  });
}

// The values that the request has for a key; those of the caller's own keys
// follow from its ARN unless the context says otherwise.
std::vector<std::string> ContextValues(const PolicyRequest& request,
                                       const std::string& key) {
  const auto found = request.context.find(key);
  if (found != request.context.end()) return found->second;
  if (key == "aws:principalarn") return {PrincipalArnKey(request)};
  if (key == "aws:principalaccount") return {AccountOf(request.principal_arn)};
  return {};
}

bool ConditionHolds(const PolicyCondition& condition,
                    const PolicyRequest& request) {
  const auto op = ConditionOperator::Parse(condition.op);
  return op.has_value() &&
         op->Holds(
             condition.values,
             ContextValues(request, absl::AsciiStrToLower(condition.key)));
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
