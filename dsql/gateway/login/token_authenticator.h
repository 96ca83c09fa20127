// SPDX-License-Identifier: Apache-2.0

// Who may connect to a cluster: authentication by token, authorisation by
// policy and by AWS IAM GRANT.

#ifndef DSQL_GATEWAY_LOGIN_TOKEN_AUTHENTICATOR_H_
#define DSQL_GATEWAY_LOGIN_TOKEN_AUTHENTICATOR_H_

#include <functional>
#include <set>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "dsql/base/clock.h"
#include "dsql/gateway/login/login.h"
#include "dsql/gateway/login/refusals.h"
#include "dsql/iam/auth_token.h"
#include "dsql/iam/credentials.h"
#include "dsql/iam/policy_evaluator.h"
#include "dsql/iam/policy_resource.h"

namespace dsql {

// The role that every cluster has.
constexpr char kAdmin[] = "admin";

// TokenAuthenticator judges the passwords of one cluster. Thread-safe if its
// functions are.
class TokenAuthenticator {
 public:
  struct Options {
    // "arn:aws:dsql:<region>:<account>:cluster/<id>".
    std::string cluster_arn;
    // The endpoint's, for a HINT.
    std::string host;
    // What a token may name as its host: the endpoint, with and without a port,
    // and the names that the cluster has on AWS.
    std::set<std::string> hosts;
    // Not owned, as the clock.
    const CredentialStore* credentials = nullptr;
    Clock* clock = nullptr;
    // What policies may ask about the cluster.
    std::function<absl::StatusOr<PolicyResource>()> find_resource;
    // Whether AWS IAM GRANT has given `role` to the principal, or to the role
    // whose session it is.
    std::function<absl::StatusOr<bool>(absl::string_view role,
                                       absl::string_view principal_arn)>
        has_grant;
    // Of those with a HINT.
    std::string access_denied_sqlstate = kAccessDeniedSqlstate;
  };

  explicit TokenAuthenticator(Options options);

  // Errors: AccessDenied(), with the HINTs of DSQL; with SQLSTATE 28000 and
  //   without a HINT where the role is not there or has no grant; those of the
  //   two functions.
  // Fidelity: "Authentication and authorization" in the User Guide of Aurora
  //   DSQL, and what clients report. Permissions are those of Authorize().
  absl::StatusOr<Login> Authenticate(const LoginRequest& request) const;

  // Whether a session that has begun may begin a transaction.
  //
  // Errors: AccessDenied() where its role has been revoked.
  absl::Status CheckGrant(const Login& login) const;

 private:
  absl::Status CheckToken(const AuthToken& token,
                          const LoginRequest& request) const;
  absl::Status CheckPermission(const AuthToken& token,
                               const LoginRequest& request) const;
  PolicyRequest QuestionOf(const AuthToken& token, const LoginRequest& request,
                           const PolicyResource& resource) const;
  absl::Status Denied(absl::string_view hint) const;

  const Options options_;
};

}  // namespace dsql

#endif  // DSQL_GATEWAY_LOGIN_TOKEN_AUTHENTICATOR_H_
