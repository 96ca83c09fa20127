// SPDX-License-Identifier: Apache-2.0

#include "dsql/gateway/login/token_authenticator.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "absl/types/variant.h"
#include "dsql/aws/arn.h"
#include "dsql/base/status_macros.h"
#include "dsql/gateway/login/refusals.h"
#include "dsql/iam/authorization.h"
#include "dsql/iam/policy_evaluator.h"
#include "dsql/iam/request_keys.h"

namespace dsql {
namespace {

absl::string_view ActionFor(absl::string_view user) {
  return user == kAdmin ? kDbConnectAdmin : kDbConnect;
}

std::string RegionOf(absl::string_view arn) {
  const absl::optional<ArnParts> parts = ArnParts::Parse(arn);
  return parts.has_value() ? parts->region : "";
}

}  // namespace

TokenAuthenticator::TokenAuthenticator(Options options)
    : options_(std::move(options)) {}

absl::StatusOr<Login> TokenAuthenticator::Authenticate(
    const LoginRequest& request) const {
  const auto verified =
      VerifyAuthToken(request.password, RegionOf(options_.cluster_arn),
                      *options_.credentials, options_.clock->Now());
  if (const auto* failure = absl::get_if<AuthTokenFailure>(&verified)) {
    return Denied(failure->message);
  }
  const AuthToken& token = absl::get<AuthToken>(verified);
  DSQL_RETURN_IF_ERROR(CheckToken(token, request));
  DSQL_RETURN_IF_ERROR(CheckPermission(token, request));
  Login login;
  login.role = request.user;
  login.principal_arn = token.principal_arn;
  DSQL_RETURN_IF_ERROR(CheckGrant(login));
  return login;
}

absl::Status TokenAuthenticator::CheckToken(const AuthToken& token,
                                            const LoginRequest& request) const {
  if (options_.hosts.count(token.host) == 0) {
    return Denied(absl::StrCat("The token is for the host ", token.host,
                               ", this cluster is ", options_.host,
                               ". Generate it with the cluster's endpoint."));
  }
  if (token.action == ActionFor(request.user)) return absl::OkStatus();
  return Denied(absl::StrCat("Wrong user to action mapping. user: ",
                             request.user, ", action: ", token.action));
}

absl::Status TokenAuthenticator::CheckPermission(
    const AuthToken& token, const LoginRequest& request) const {
  const auto principal =
      options_.credentials->FindPrincipal(token.access_key_id);
  // Removed since its signature was found right.
  if (principal == nullptr) return Denied("");
  DSQL_ASSIGN_OR_RETURN(const PolicyResource resource,
                        options_.find_resource());
  DSQL_ASSIGN_OR_RETURN(
      const Authorization answer,
      Authorize(*principal, resource, QuestionOf(token, request, resource)));
  return answer.allowed() ? absl::OkStatus() : Denied(answer.Message());
}

PolicyRequest TokenAuthenticator::QuestionOf(
    const AuthToken& token, const LoginRequest& request,
    const PolicyResource& resource) const {
  PolicyRequest question;
  question.action = absl::StrCat("dsql:", token.action);
  question.resource_arn = options_.cluster_arn;
  const absl::optional<ArnParts> arn = ArnParts::Parse(options_.cluster_arn);
  if (arn.has_value()) question.account_id = arn->account_id;
  question.context =
      RequestKeys({options_.clock->Now(), RegionOf(options_.cluster_arn),
                   request.source_ip, request.secure},
                  options_.cluster_arn, resource.tags);
  question.context.Add(request.context);
  return question;
}

absl::Status TokenAuthenticator::CheckGrant(const Login& login) const {
  if (login.role == kAdmin) return absl::OkStatus();
  DSQL_ASSIGN_OR_RETURN(const bool granted,
                        options_.has_grant(login.role, login.principal_arn));
  // Without a word about why: it says nothing of a role that is not there.
  return granted ? absl::OkStatus() : AccessDenied(kAccessDeniedSqlstate, "");
}

absl::Status TokenAuthenticator::Denied(absl::string_view hint) const {
  return AccessDenied(options_.access_denied_sqlstate, hint);
}

}  // namespace dsql
