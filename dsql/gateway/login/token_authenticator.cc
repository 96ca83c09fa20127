#include "dsql/gateway/login/token_authenticator.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "absl/types/variant.h"
#include "dsql/aws/arn.h"
#include "dsql/base/status_macros.h"
#include "dsql/gateway/login/refusals.h"
#include "dsql/iam/policy_document.h"
#include "dsql/iam/policy_evaluator.h"

namespace dsql {
namespace {

// What IAM says of a request that it does not let through.
std::string NotAuthorized(const AuthToken& token, absl::string_view cluster_arn,
                          absl::string_view why) {
  return absl::StrCat("User: ", token.principal_arn,
                      " is not authorized to perform: dsql:", token.action,
                      " on resource: ", cluster_arn, " ", why);
}

absl::string_view ActionFor(absl::string_view user) {
  return user == kAdmin ? kDbConnectAdmin : kDbConnect;
}

std::string AccountOf(absl::string_view arn) {
  const absl::optional<ArnParts> parts = ArnParts::Parse(arn);
  return parts.has_value() ? parts->account_id : "";
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
  DSQL_RETURN_IF_ERROR(CheckPolicy(token, request));
  DSQL_RETURN_IF_ERROR(CheckGrant(token, request));
  Login login;
  login.role = request.user;
  login.principal_arn = token.principal_arn;
  return login;
}

absl::Status TokenAuthenticator::CheckToken(const AuthToken& token,
                                            const LoginRequest& request) const {
  if (options_.hosts.count(token.host) == 0) {
    return Denied(absl::StrCat("The token is for the host ", token.host,
                               ", this cluster is ", *options_.hosts.begin(),
                               ". Generate it with the cluster's endpoint."));
  }
  if (token.action == ActionFor(request.user)) return absl::OkStatus();
  return Denied(absl::StrCat("Wrong user to action mapping. user: ",
                             request.user, ", action: ", token.action));
}

absl::Status TokenAuthenticator::CheckPolicy(
    const AuthToken& token, const LoginRequest& request) const {
  if (AccountOf(token.principal_arn) != AccountOf(options_.cluster_arn)) {
    return Denied(NotAuthorized(
        token, options_.cluster_arn,
        absl::StrCat("because no identity-based policy allows the dsql:",
                     token.action, " action")));
  }
  DSQL_ASSIGN_OR_RETURN(const std::string text, options_.find_policy());
  if (text.empty()) return absl::OkStatus();
  DSQL_ASSIGN_OR_RETURN(const PolicyDocument policy,
                        PolicyDocument::Parse(text));
  PolicyRequest question;
  question.principal_arn = token.principal_arn;
  question.action = absl::StrCat("dsql:", token.action);
  question.resource_arn = options_.cluster_arn;
  question.context["aws:sourceip"] = {request.source_ip};
  question.context["aws:securetransport"] = {request.secure ? "true" : "false"};
  question.context["aws:currenttime"] = {absl::FormatTime(
      "%Y-%m-%dT%H:%M:%SZ", options_.clock->Now(), absl::UTCTimeZone())};
  question.context["aws:epochtime"] = {
      absl::StrCat(absl::ToUnixSeconds(options_.clock->Now()))};
  if (EvaluatePolicy(policy, question) == PolicyDecision::kDeny) {
    return Denied(
        NotAuthorized(token, options_.cluster_arn,
                      "with an explicit deny in a resource-based policy"));
  }
  return absl::OkStatus();
}

absl::Status TokenAuthenticator::CheckGrant(const AuthToken& token,
                                            const LoginRequest& request) const {
  if (request.user == kAdmin) return absl::OkStatus();
  DSQL_ASSIGN_OR_RETURN(const bool granted,
                        options_.has_grant(request.user, token.principal_arn));
  // Without a word about why: it says nothing of a role that is not there.
  return granted ? absl::OkStatus() : Denied("");
}

absl::Status TokenAuthenticator::Denied(absl::string_view hint) const {
  return AccessDenied(options_.access_denied_sqlstate, hint);
}

}  // namespace dsql
