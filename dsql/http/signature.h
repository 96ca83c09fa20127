// The signatures of HTTP requests.

#ifndef DSQL_HTTP_SIGNATURE_H_
#define DSQL_HTTP_SIGNATURE_H_

#include <string>

#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "dsql/http/http_message.h"
#include "dsql/iam/credentials.h"

namespace dsql {
namespace http {

// The Region that a request is signed for, whether or not its signature is
// right; of one that is not signed, that of the AWS host which it was sent to.
// nullopt where neither can be read.
absl::optional<std::string> RegionOf(const HttpRequest& request);

// Returns the answer for a request whose signature is missing or wrong at
// `now`, in the form that AWS gives it; nullopt where it is right. A request
// that was sent to one of AWS's hosts must be signed for that host's Region.
// See VerifySigV4().
absl::optional<HttpResponse> RefuseBadSignature(
    const HttpRequest& request, const CredentialStore& credentials,
    absl::Time now);

}  // namespace http
}  // namespace dsql

#endif  // DSQL_HTTP_SIGNATURE_H_
