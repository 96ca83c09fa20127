// SPDX-License-Identifier: Apache-2.0

// What a request says about its own signature, not verified.

#ifndef DSQL_IAM_SIGV4_AUTHORIZATION_H_
#define DSQL_IAM_SIGV4_AUTHORIZATION_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "dsql/iam/sigv4_request.h"

namespace dsql {

constexpr absl::string_view kSigV4Algorithm = "AWS4-HMAC-SHA256";
constexpr absl::string_view kSigV4Terminator = "aws4_request";

// "AKIDEXAMPLE/20260101/us-east-1/dsql/aws4_request" taken apart.
struct SigV4Credential {
  // Returns nullopt unless `text` has exactly five parts.
  static absl::optional<SigV4Credential> Parse(absl::string_view text);

  // All but the access key id: "20260101/us-east-1/dsql/aws4_request".
  std::string Scope() const;

  std::string access_key_id;
  // YYYYMMDD.
  std::string date;
  std::string region;
  std::string service;
  std::string terminator = std::string(kSigV4Terminator);
};

// The elements of a signature, in the header Authorization or in the query;
// each is nullopt where the request does not have it.
struct SigV4Authorization {
  // In the query.
  bool presigned = false;
  absl::optional<std::string> algorithm;
  absl::optional<std::string> credential;
  // As written: "host;x-amz-date".
  absl::optional<std::string> signed_headers;
  absl::optional<std::string> signature;
  // As written; from X-Amz-Date or, in the header form, else from Date.
  absl::optional<std::string> date;
  // Only in the query.
  absl::optional<std::string> expires;
  absl::optional<std::string> session_token;
  // Parts of the header Authorization that are not of the form key=value.
  std::vector<std::string> malformed;
};

// Returns nullopt where the request has neither a header Authorization nor any
// of X-Amz-Algorithm, X-Amz-Credential and X-Amz-Signature in its query.
absl::optional<SigV4Authorization> ParseSigV4Authorization(
    const SigV4Request& request);

// The Region and the access key that a request claims, whether or not its
// signature is right; nullopt where it has none or a malformed one.
absl::optional<SigV4Credential> ParseCredentialScope(
    const SigV4Request& request);

}  // namespace dsql

#endif  // DSQL_IAM_SIGV4_AUTHORIZATION_H_
