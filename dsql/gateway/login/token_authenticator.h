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

namespace dsql {

// The role that every cluster has.
constexpr char kAdmin[] = "admin";

// Of one cluster. Thread-safe if its functions are.
class TokenAuthenticator {
 public:
  struct Options {
    // "arn:aws:dsql:<region>:<account>:cluster/<id>".
    std::string cluster_arn;
    // What a token may name as its host: the endpoint, with and without a port,
    // and the names that the cluster has on AWS.
    std::set<std::string> hosts;
    // Not owned, as the clock.
    const CredentialStore* credentials = nullptr;
    Clock* clock = nullptr;
    // The cluster's resource policy; empty where it has none.
    std::function<absl::StatusOr<std::string>()> find_policy;
    // Whether AWS IAM GRANT has given `role` to the principal.
    std::function<absl::StatusOr<bool>(absl::string_view role,
                                       absl::string_view principal_arn)>
        has_grant;
    std::string access_denied_sqlstate = kAccessDeniedSqlstate;
  };

  explicit TokenAuthenticator(Options options);

  // Errors: AccessDenied(), with the HINTs of DSQL, without one where the role
  //   is not there or has no grant; those of the two functions.
  // Fidelity: identity policies are not modelled: each principal of the
  //   cluster's account has the permission to connect unless the resource
  //   policy denies it. Source: facts 1.2 to 1.4, 6.3.
  absl::StatusOr<Login> Authenticate(const LoginRequest& request) const;

 private:
  absl::Status CheckToken(const AuthToken& token,
                          const LoginRequest& request) const;
  absl::Status CheckPolicy(const AuthToken& token,
                           const LoginRequest& request) const;
  absl::Status CheckGrant(const AuthToken& token,
                          const LoginRequest& request) const;
  absl::Status Denied(absl::string_view hint) const;

  const Options options_;
};

}  // namespace dsql

#endif  // DSQL_GATEWAY_LOGIN_TOKEN_AUTHENTICATOR_H_
