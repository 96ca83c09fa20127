// SPDX-License-Identifier: Apache-2.0

// The signatures of HTTP requests.

#ifndef DSQL_HTTP_SIGNATURE_H_
#define DSQL_HTTP_SIGNATURE_H_

#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "dsql/http/error_response.h"
#include "dsql/http/http_message.h"
#include "dsql/iam/credentials.h"

namespace dsql {
namespace http {

// The Region that a request is signed for, whether or not its signature is
// right; of one that is not signed, that of the AWS host which it was sent to.
// nullopt where neither can be read.
absl::optional<std::string> RegionOf(const HttpRequest& request);

// What a request's signature says.
struct Authentication {
  // Who signed; empty unless the signature is right.
  std::string principal_arn;
  std::string access_key_id;
  // That of RegionOf(); empty unless the signature is right.
  std::string region = {};
  // AWS's answer to a signature that is missing or wrong; nullopt for one that
  // is right.
  absl::optional<HttpException> refusal;
  // For a log, of a signature that does not match: what the client should have
  // signed. Has no secrets.
  std::string diagnosis;
};

// Verifies the signature of a request to `service` at `now`. One that was sent
// to one of AWS's hosts must be signed for that host's Region. See
// VerifySigV4().
Authentication Authenticate(const HttpRequest& request,
                            const CredentialStore& credentials, absl::Time now,
                            absl::string_view service = "dsql");

}  // namespace http
}  // namespace dsql

#endif  // DSQL_HTTP_SIGNATURE_H_
