// SPDX-License-Identifier: Apache-2.0

#include "dsql/iam/auth_token.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/types/optional.h"
#include "dsql/iam/sigv4_request.h"
#include "dsql/iam/sigv4_signer.h"
#include "dsql/iam/sigv4_verifier.h"

namespace dsql {
namespace {

constexpr char kService[] = "dsql";
constexpr char kAction[] = "Action";

// Longer ones are no tokens; session tokens have up to some kilobytes.
constexpr size_t kLongestToken = 32 * 1024;

AuthTokenFailure NoToken(absl::string_view why) {
  return {absl::StrCat("The password is no authentication token: ", why,
                       ". Generate one with the AWS SDK, `aws dsql "
                       "generate-db-connect-admin-auth-token` or FakeDsql.")};
}

SigV4Request RequestOf(absl::string_view host, absl::string_view target) {
  SigV4Request request;
  SetTarget(target, &request);
  request.headers.emplace_back("Host", std::string(host));
  return request;
}

}  // namespace

std::string GenerateAuthToken(const AuthTokenRequest& request,
                              const Credentials& credentials, absl::Time now) {
  SigV4Request presigned =
      RequestOf(request.host, absl::StrCat("/?", kAction, "=", request.action));
  PresignRequest(credentials, {request.region, kService, now}, request.expires,
                 &presigned);
  return absl::StrCat(request.host, TargetOf(presigned));
}

absl::variant<AuthToken, AuthTokenFailure> VerifyAuthToken(
    absl::string_view token, absl::string_view region,
    const CredentialStore& credentials, absl::Time now) {
  // Presigners make a URL, and who calls them may not cut its scheme off.
  absl::ConsumePrefix(&token, "https://");
  // The SDKs for C++ and Go write no slash. The path that is signed is "/" then
  // as well.
  const size_t target = token.find_first_of("/?");
  if (token.size() > kLongestToken || target == absl::string_view::npos ||
      target == 0) {
    return NoToken("it does not begin with <host>/?Action=");
  }
  const absl::string_view host = token.substr(0, target);
  const SigV4Request request = RequestOf(host, token.substr(target));
  absl::optional<std::string> action = FindQueryParameter(request, kAction);
  if (!action.has_value()) return NoToken("it has no Action");
  SigV4VerifierOptions options;
  options.service = kService;
  options.region = std::string(region);
  auto verified = VerifySigV4(request, credentials, now, options);
  if (const auto* failure = absl::get_if<SigV4Failure>(&verified)) {
    return AuthTokenFailure{failure->message};
  }
  const SigV4Caller& caller = absl::get<SigV4Caller>(verified);
  return AuthToken{caller.credential.access_key_id, caller.principal_arn,
                   std::string(host), *std::move(action)};
}

}  // namespace dsql
