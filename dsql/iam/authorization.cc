// SPDX-License-Identifier: Apache-2.0

#include "dsql/iam/authorization.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "dsql/base/status_macros.h"
#include "dsql/iam/principal_arn.h"

namespace dsql {
namespace {

using Decision = Authorization::Decision;

// The article of "an identity-based policy".
absl::string_view ArticleOf(PolicyType type) {
  return type == PolicyType::kIdentity ? "an " : "a ";
}

std::string NameOf(const PolicyDocument& policy, size_t policy_index,
                   size_t statement_index) {
  const PolicyStatement& statement = policy.statements[statement_index];
  if (!statement.sid.empty()) return statement.sid;
  const std::string place = absl::StrCat("Statement[", statement_index, "]");
  return policy_index == 0 ? place
                           : absl::StrCat("policy ", policy_index, " ", place);
}

// What the policies of one kind say together.
struct Verdict {
  PolicyType type;
  PolicyDecision decision = PolicyDecision::kNone;
  PrincipalMatch principal = PrincipalMatch::kNone;
  std::string statement;
};

Verdict Evaluate(PolicyType type, const PolicyDocument* policies, size_t count,
                 const PolicyRequest& request) {
  Verdict verdict;
  verdict.type = type;
  for (size_t i = 0; i < count; ++i) {
    const PolicyVerdict said = EvaluatePolicy(policies[i], request);
    if (said.decision == PolicyDecision::kNone ||
        verdict.decision == PolicyDecision::kDeny ||
        (verdict.decision == PolicyDecision::kAllow &&
         said.decision == PolicyDecision::kAllow)) {
      continue;
    }
    verdict.decision = said.decision;
    verdict.principal = said.principal;
    verdict.statement = NameOf(policies[i], i, said.statement);
  }
  return verdict;
}

// Decider is AWS's flow chart for one request.
class Decider {
 public:
  Decider(const Principal& principal, const PolicyDocument* resource_policy,
          const PolicyRequest& request)
      : principal_(principal),
        is_key_(resource_policy != nullptr &&
                resource_policy->kind == PolicyKind::kKey),
        service_control_(Evaluate(PolicyType::kServiceControl,
                                  principal.service_control, request)),
        resource_(dsql::Evaluate(PolicyType::kResource, resource_policy,
                                 resource_policy == nullptr ? 0 : 1, request)),
        identity_(Evaluate(PolicyType::kIdentity, principal.identity, request)),
        boundary_(Evaluate(PolicyType::kPermissionsBoundary,
                           principal.permissions_boundary, request)),
        session_(Evaluate(PolicyType::kSession, principal.session, request)) {}

  void Decide(Authorization* answer) const {
    for (const Verdict* verdict :
         {&service_control_, &resource_, &identity_, &boundary_, &session_}) {
      if (verdict->decision == PolicyDecision::kDeny)
        return Answer(Decision::kExplicitDeny, *verdict, answer);
    }
    if (Lacks(principal_.service_control, service_control_))
      return Answer(Decision::kImplicitDeny, service_control_, answer);
    if (is_key_ && resource_.decision != PolicyDecision::kAllow)
      return Answer(Decision::kImplicitDeny, resource_, answer);
    if (resource_.decision == PolicyDecision::kAllow &&
        resource_.principal == PrincipalMatch::kItself) {
      return Answer(Decision::kAllowed, resource_, answer);
    }
    const bool by_resource = resource_.decision == PolicyDecision::kAllow &&
                             resource_.principal == PrincipalMatch::kRole;
    if (!by_resource && Lacks(principal_.identity, identity_))
      return Answer(Decision::kImplicitDeny, identity_, answer);
    if (Lacks(principal_.permissions_boundary, boundary_))
      return Answer(Decision::kImplicitDeny, boundary_, answer);
    if (Lacks(principal_.session, session_))
      return Answer(Decision::kImplicitDeny, session_, answer);
    const bool by_identity = identity_.decision == PolicyDecision::kAllow ||
                             principal_.identity.empty();
    Answer(Decision::kAllowed, by_identity ? identity_ : resource_, answer);
  }

 private:
  static Verdict Evaluate(PolicyType type,
                          const std::vector<PolicyDocument>& policies,
                          const PolicyRequest& request) {
    return dsql::Evaluate(type, policies.data(), policies.size(), request);
  }

  // Whether there are policies of a kind and none allows the request.
  static bool Lacks(const std::vector<PolicyDocument>& policies,
                    const Verdict& verdict) {
    return !policies.empty() && verdict.decision != PolicyDecision::kAllow;
  }

  static void Answer(Decision decision, const Verdict& verdict,
                     Authorization* answer) {
    answer->decision = decision;
    answer->type = verdict.type;
    if (decision != Decision::kImplicitDeny)
      answer->statement = verdict.statement;
  }

  const Principal& principal_;
  const bool is_key_;
  const Verdict service_control_;
  const Verdict resource_;
  const Verdict identity_;
  const Verdict boundary_;
  const Verdict session_;
};

bool IsOfAnotherAccount(const PolicyRequest& request) {
  return !request.account_id.empty() &&
         PrincipalArn::Parse(request.principal_arn).account_id !=
             request.account_id;
}

}  // namespace

absl::string_view PolicyTypeName(PolicyType type) {
  switch (type) {
    case PolicyType::kResource:
      return "resource-based policy";
    case PolicyType::kPermissionsBoundary:
      return "permissions boundary";
    case PolicyType::kSession:
      return "session policy";
    case PolicyType::kServiceControl:
      return "service control policy";
    case PolicyType::kIdentity:
      break;
  }
  return "identity-based policy";
}

std::string NotAuthorizedMessage(absl::string_view principal_arn,
                                 absl::string_view action,
                                 absl::string_view resource_arn) {
  return absl::StrCat("User: ", principal_arn,
                      " is not authorized to perform: ", action,
                      " on resource: ", resource_arn);
}

std::string Authorization::Message() const {
  const std::string refused =
      NotAuthorizedMessage(principal_arn, action, resource_arn);
  return decision == Decision::kExplicitDeny
             ? absl::StrCat(refused, " with an explicit deny in ",
                            ArticleOf(type), PolicyTypeName(type))
             : absl::StrCat(refused, " because no ", PolicyTypeName(type),
                            " allows the ", action, " action");
}

Authorization Authorize(const Principal& principal,
                        const PolicyDocument* resource_policy,
                        PolicyRequest request) {
  request.principal_arn = principal.credentials.principal_arn;
  request.context.Add(principal.Keys());
  Authorization answer;
  answer.principal_arn = request.principal_arn;
  answer.action = request.action;
  answer.resource_arn = request.resource_arn;
  if (!IsOfAnotherAccount(request))
    Decider(principal, resource_policy, request).Decide(&answer);
  return answer;
}

absl::StatusOr<Authorization> Authorize(const Principal& principal,
                                        const PolicyResource& resource,
                                        PolicyRequest request) {
  if (resource.policy.empty())
    return Authorize(principal, nullptr, std::move(request));
  DSQL_ASSIGN_OR_RETURN(
      const PolicyDocument policy,
      PolicyDocument::Parse(resource.policy, resource.policy_kind));
  return Authorize(principal, &policy, std::move(request));
}

}  // namespace dsql
