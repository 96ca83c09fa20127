#include "dsql/http/signature.h"

#include "absl/types/variant.h"
#include "dsql/aws/host_names.h"
#include "dsql/http/error_response.h"
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

absl::optional<HttpResponse> RefuseBadSignature(
    const HttpRequest& request, const CredentialStore& credentials,
    absl::Time now) {
  const SigV4Request signed_request = ToSigV4Request(request);
  SigV4VerifierOptions options;
  options.region = RegionOfHost(signed_request).value_or("");
  const auto verified = VerifySigV4(signed_request, credentials, now, options);
  const auto* failure = absl::get_if<SigV4Failure>(&verified);
  if (failure == nullptr) return absl::nullopt;
  return ErrorResponse(HttpStatusOf(failure->fault),
                       AwsExceptionOf(failure->fault), failure->message);
}

}  // namespace http
}  // namespace dsql
