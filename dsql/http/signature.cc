// SPDX-License-Identifier: Apache-2.0

#include "dsql/http/signature.h"

#include <utility>

#include "absl/types/variant.h"
#include "dsql/aws/host_names.h"
#include "dsql/http/redaction.h"
#include "dsql/iam/sigv4_authorization.h"
#include "dsql/iam/sigv4_request.h"
#include "dsql/iam/sigv4_verifier.h"

namespace dsql {
namespace http {
namespace {

// Refers to the body of `request`.
SigV4Request ToSigV4Request(const HttpRequest& request) {
  SigV4Request signed_request;
  signed_request.method = request.method;
  SetTarget(request.target, &signed_request);
  signed_request.headers = request.headers;
  signed_request.body = request.body;
  return signed_request;
}

// The Region whose service the client called, where it did so by AWS's name.
absl::optional<std::string> RegionOfHost(const SigV4Request& request) {
  return RegionOfControlPlaneHost(FindHeader(request, "Host").value_or(""));
}

}  // namespace

absl::optional<std::string> RegionOf(const HttpRequest& request) {
  const SigV4Request signed_request = ToSigV4Request(request);
  const absl::optional<SigV4Credential> scope =
      ParseCredentialScope(signed_request);
  return scope.has_value() ? scope->region : RegionOfHost(signed_request);
}

Authentication Authenticate(const HttpRequest& request,
                            const CredentialStore& credentials, absl::Time now,
                            absl::string_view service) {
  const SigV4Request signed_request = ToSigV4Request(request);
  SigV4VerifierOptions options;
  options.service = std::string(service);
  options.region = RegionOfHost(signed_request).value_or("");
  auto verified = VerifySigV4(signed_request, credentials, now, options);
  Authentication result;
  if (auto* caller = absl::get_if<SigV4Caller>(&verified)) {
    result.principal_arn = std::move(caller->principal_arn);
    result.access_key_id = std::move(caller->credential.access_key_id);
    result.region = std::move(caller->credential.region);
    return result;
  }
  const SigV4Failure& failure = absl::get<SigV4Failure>(verified);
  result.refusal = HttpException{kSigV4HttpStatus,
                                 std::string(AwsExceptionOf(failure.fault)),
                                 failure.message};
  result.diagnosis = Redact(failure.diagnosis);
  return result;
}

}  // namespace http
}  // namespace dsql
