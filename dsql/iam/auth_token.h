// SPDX-License-Identifier: Apache-2.0

// Authentication tokens: the passwords of DSQL.
//
// A token is a presigned GET of https://<host>/?Action=DbConnect, without the
// scheme. See docs.aws.amazon.com/aurora-dsql/latest/
// userguide/SECTION_authentication-token.html; testdata/sdk_tokens.json has one
// of each SDK.

#ifndef DSQL_IAM_AUTH_TOKEN_H_
#define DSQL_IAM_AUTH_TOKEN_H_

#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/variant.h"
#include "dsql/iam/credentials.h"

namespace dsql {

// What a token permits, by the name that IAM has for it.
constexpr char kDbConnect[] = "DbConnect";
constexpr char kDbConnectAdmin[] = "DbConnectAdmin";

constexpr absl::Duration kAuthTokenLife = absl::Seconds(900);

struct AuthTokenRequest {
  // As clients connect to it: a host, or "host:port".
  std::string host;
  std::string region;
  // kDbConnect or kDbConnectAdmin.
  std::string action;
  // 1 second to 7 days; who verifies it refuses more.
  absl::Duration expires = kAuthTokenLife;
};

// The token that AWS's SDKs generate.
std::string GenerateAuthToken(const AuthTokenRequest& request,
                              const Credentials& credentials, absl::Time now);

// A token that is good.
struct AuthToken {
  std::string access_key_id;
  std::string principal_arn;
  std::string host;
  // As it stands in the token.
  std::string action;
};

// Why a token is not: AWS's text for the failure of its signature, or ours
// where the token is no presigned request at all.
struct AuthTokenFailure {
  std::string message;
};

// Verifies a token in whatever form an SDK writes it: with its parameters in
// any order, with or without the slash of its path, and with "https://" where
// that was not cut off. The host is not judged, nor is the action, except that
// there must be one.
absl::variant<AuthToken, AuthTokenFailure> VerifyAuthToken(
    absl::string_view token, absl::string_view region,
    const CredentialStore& credentials, absl::Time now);

}  // namespace dsql

#endif  // DSQL_IAM_AUTH_TOKEN_H_
