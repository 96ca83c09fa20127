#include "dsql/http/signature.h"

#include "absl/types/variant.h"
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

}  // namespace

absl::optional<std::string> RegionOf(const HttpRequest& request) {
  const absl::optional<SigV4Credential> scope =
      ParseCredentialScope(ToSigV4Request(request));
  if (!scope.has_value()) return absl::nullopt;
  return scope->region;
}

absl::optional<HttpResponse> RefuseBadSignature(
    const HttpRequest& request, const CredentialStore& credentials,
    absl::Time now) {
  const auto verified = VerifySigV4(ToSigV4Request(request), credentials, now);
  const auto* failure = absl::get_if<SigV4Failure>(&verified);
  if (failure == nullptr) return absl::nullopt;
  return ErrorResponse(HttpStatusOf(failure->fault),
                       AwsExceptionOf(failure->fault), failure->message);
}

}  // namespace http
}  // namespace dsql
