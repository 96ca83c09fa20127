// SPDX-License-Identifier: Apache-2.0

// Verifying AWS Signature Version 4, with the errors that AWS answers.

#ifndef DSQL_IAM_SIGV4_VERIFIER_H_
#define DSQL_IAM_SIGV4_VERIFIER_H_

#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/variant.h"
#include "dsql/iam/credentials.h"
#include "dsql/iam/sigv4_authorization.h"
#include "dsql/iam/sigv4_request.h"

namespace dsql {

// In the order in which they are looked for: a request with several faults has
// the first.
enum class SigV4Fault {
  // The request is not signed at all.
  kMissingAuthenticationToken,
  // An element of the signature is missing or malformed.
  kIncompleteSignature,
  // No such access key, or not the session token that belongs to it.
  kUnrecognizedClient,
  // The credentials have expired.
  kExpiredToken,
  // Scoped to another Region, service or day, or the host is not signed.
  kWrongScope,
  // Signed too long ago, or presigned for a time that is over.
  kSignatureExpired,
  // Signed in the future.
  kSignatureNotYetCurrent,
  // x-amz-content-sha256 is not the hash of the body.
  kPayloadHashMismatch,
  // The signature is another than the one calculated.
  kInvalidSignature,
};

// The exception that travels: "InvalidSignatureException".
absl::string_view AwsExceptionOf(SigV4Fault fault);

// The HTTP status that every one of them travels with.
constexpr int kSigV4HttpStatus = 403;

struct SigV4Failure {
  SigV4Fault fault;
  // AWS's text.
  std::string message;
  // For kInvalidSignature: the canonical request and the string to sign that
  // the client should have had, for a log. Empty otherwise.
  std::string diagnosis;
};

// Who signed.
struct SigV4Caller {
  std::string principal_arn;
  SigV4Credential credential;
};

struct SigV4VerifierOptions {
  std::string service = "dsql";
  // The Region that the signature must be scoped to; any where empty.
  std::string region;
  // How far the date of a signature may be from the verifier's clock; presigned
  // requests are good until they expire. AWS's value.
  absl::Duration max_skew = absl::Minutes(5);
};

// Verifies the header form, or the presigned (query) form where the request has
// no header Authorization. Parameters and headers may come in any order. The
// signature is compared in constant time.
//
// Fidelity: names and texts of the exceptions are AWS's. Where AWS does not
// document the order of its checks, syntax comes first, the key next, then the
// scope, the date and the signature.
absl::variant<SigV4Caller, SigV4Failure> VerifySigV4(
    const SigV4Request& request, const CredentialStore& credentials,
    absl::Time now, const SigV4VerifierOptions& options = {});

}  // namespace dsql

#endif  // DSQL_IAM_SIGV4_VERIFIER_H_
