// SPDX-License-Identifier: Apache-2.0

#include "dsql/iam/policy_evaluator.h"

#include <algorithm>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/types/optional.h"
#include "dsql/iam/condition_operator.h"
#include "dsql/iam/policy_variables.h"
#include "dsql/iam/principal_arn.h"
#include "dsql/iam/wildcard_pattern.h"

namespace dsql {
namespace {

constexpr char kVersionWithVariables[] = "2012-10-17";

// Evaluation is one policy's of one request.
class Evaluation {
 public:
  Evaluation(const PolicyDocument& policy, const PolicyRequest& request)
      : policy_(policy),
        request_(request),
        caller_(PrincipalArn::Parse(request.principal_arn)) {
    if (request.principal_service.empty()) {
      context_ = caller_.Keys();
    } else {
      context_.Set("aws:PrincipalIsAWSService", {"true"});
      context_.Set("aws:PrincipalServiceName", {request.principal_service});
    }
    context_.Add(request.context);
  }

  PolicyVerdict Run() const {
    PolicyVerdict verdict;
    for (size_t i = 0; i < policy_.statements.size(); ++i) {
      const PolicyStatement& statement = policy_.statements[i];
      const PrincipalMatch match = MatchPrincipals(statement);
      if (match == PrincipalMatch::kNone || !Applies(statement)) continue;
      if (!statement.allow) return {PolicyDecision::kDeny, i, match};
      if (match > verdict.principal) {
        verdict = {PolicyDecision::kAllow, i, match};
      }
    }
    return verdict;
  }

 private:
  PrincipalMatch MatchPrincipals(const PolicyStatement& statement) const {
    if (policy_.kind == PolicyKind::kIdentity) return PrincipalMatch::kItself;
    if (statement.not_principal) {
      return IsLeftOut(statement) ? PrincipalMatch::kNone
                                  : PrincipalMatch::kRole;
    }
    PrincipalMatch closest = PrincipalMatch::kNone;
    for (const PolicyPrincipal& principal : statement.principals)
      closest = std::max(closest, MatchPrincipal(principal));
    return closest;
  }

  PrincipalMatch MatchPrincipal(const PolicyPrincipal& principal) const {
    const std::string& value = principal.value;
    if (principal.type == "*") return PrincipalMatch::kRole;
    if (principal.type == "Service") {
      return !value.empty() && value == request_.principal_service
                 ? PrincipalMatch::kItself
                 : PrincipalMatch::kNone;
    }
    if (principal.type != "AWS") return PrincipalMatch::kNone;
    if (value == "*") return PrincipalMatch::kRole;
    if (value == caller_.text && !value.empty()) return PrincipalMatch::kItself;
    if (caller_.IsSessionOf(value)) return PrincipalMatch::kRole;
    if (!caller_.IsOfAccount(value)) return PrincipalMatch::kNone;
    return caller_.kind == PrincipalArn::Kind::kRoot ? PrincipalMatch::kItself
                                                     : PrincipalMatch::kAccount;
  }

  // Whether a NotPrincipal lists all that the caller is.
  bool IsLeftOut(const PolicyStatement& statement) const {
    const auto lists = [&](PrincipalMatch match) {
      return absl::c_any_of(
          statement.principals, [&](const PolicyPrincipal& principal) {
            return principal.value == "*" || MatchPrincipal(principal) == match;
          });
    };
    // Whom an Allow leaves out need only be named.
    if (statement.allow) {
      return lists(PrincipalMatch::kItself) || lists(PrincipalMatch::kRole) ||
             lists(PrincipalMatch::kAccount);
    }
    if (!lists(PrincipalMatch::kItself)) return false;
    if (!request_.principal_service.empty() ||
        caller_.kind == PrincipalArn::Kind::kRoot) {
      return true;
    }
    return lists(PrincipalMatch::kAccount) &&
           (caller_.kind != PrincipalArn::Kind::kAssumedRole ||
            lists(PrincipalMatch::kRole));
  }

  bool Applies(const PolicyStatement& statement) const {
    return MatchesAction(statement) != statement.not_action &&
           MatchesResource(statement) != statement.not_resource &&
           absl::c_all_of(statement.conditions,
                          [&](const PolicyCondition& condition) {
                            return Holds(condition);
                          });
  }

  bool MatchesAction(const PolicyStatement& statement) const {
    return absl::c_any_of(statement.actions, [&](const std::string& pattern) {
      return WildcardPattern(pattern).MatchesIgnoringCase(request_.action);
    });
  }

  bool MatchesResource(const PolicyStatement& statement) const {
    return absl::c_any_of(statement.resources, [&](const std::string& text) {
      const auto pattern = Expand(text);
      return pattern.has_value() && pattern->Matches(request_.resource_arn);
    });
  }

  bool Holds(const PolicyCondition& condition) const {
    const auto op = ConditionOperator::Parse(condition.op);
    if (!op.has_value()) return false;
    std::vector<WildcardPattern> values;
    for (const std::string& text : condition.values) {
      const auto value = op->takes_variables()
                             ? Expand(text)
                             : absl::make_optional<WildcardPattern>(text);
      if (value.has_value()) values.push_back(*value);
    }
    return op->Holds(values, context_.Find(condition.key));
  }

  // nullopt for what nothing equals.
  absl::optional<WildcardPattern> Expand(const std::string& text) const {
    return policy_.version == kVersionWithVariables
               ? ExpandPolicyVariables(text, context_)
               : absl::make_optional<WildcardPattern>(text);
  }

  const PolicyDocument& policy_;
  const PolicyRequest& request_;
  const PrincipalArn caller_;
  RequestContext context_;
};

}  // namespace

PolicyVerdict EvaluatePolicy(const PolicyDocument& policy,
                             const PolicyRequest& request) {
  return Evaluation(policy, request).Run();
}

}  // namespace dsql
