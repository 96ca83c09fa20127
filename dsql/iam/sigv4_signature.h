// SPDX-License-Identifier: Apache-2.0

// The computation of AWS Signature Version 4, as signers and verifiers share
// it.

#ifndef DSQL_IAM_SIGV4_SIGNATURE_H_
#define DSQL_IAM_SIGV4_SIGNATURE_H_

#include <set>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "dsql/iam/sigv4_authorization.h"
#include "dsql/iam/sigv4_request.h"

namespace dsql {

// The value of x-amz-content-sha256 of a body that is not signed.
constexpr absl::string_view kUnsignedPayload = "UNSIGNED-PAYLOAD";

// In hex, lower case.
std::string Sha256Hex(absl::string_view data);

// "20260101T000000Z".
std::string SigV4Timestamp(absl::Time time);

// What is signed for the body: the header x-amz-content-sha256 where there is
// one, else the body's hash.
std::string PayloadHash(const SigV4Request& request);

// Method, path, query, headers and payload in the one form that client and
// service agree on.
//
// `signed_headers` are in lower case; one that the request lacks counts as
// empty. The path is normalised and, being percent-encoded already, encoded
// once more, as for every service but S3.
std::string CanonicalRequest(const SigV4Request& request,
                             const std::set<std::string>& signed_headers);

// Ties the canonical request to a time and a scope.
std::string StringToSign(absl::string_view timestamp,
                         const SigV4Credential& credential,
                         absl::string_view canonical_request);

// In hex, lower case.
std::string SigV4Signature(absl::string_view secret_access_key,
                           const SigV4Credential& credential,
                           absl::string_view string_to_sign);

}  // namespace dsql

#endif  // DSQL_IAM_SIGV4_SIGNATURE_H_
