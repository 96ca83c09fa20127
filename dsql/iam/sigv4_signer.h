// SPDX-License-Identifier: Apache-2.0

// Signing requests as AWS's clients do.

#ifndef DSQL_IAM_SIGV4_SIGNER_H_
#define DSQL_IAM_SIGV4_SIGNER_H_

#include <string>

#include "absl/time/time.h"
#include "dsql/iam/credentials.h"
#include "dsql/iam/sigv4_request.h"

namespace dsql {

// What a signature is good for.
struct SigV4SigningContext {
  std::string region;
  std::string service = "dsql";
  absl::Time now;
};

// Signs `request` in its headers: sets X-Amz-Date and Authorization, and
// X-Amz-Security-Token where the credentials have a session token. All headers
// but those that proxies change (User-Agent, Expect, ...) are signed, the body
// by its hash unless X-Amz-Content-Sha256 says otherwise.
//
// Requires: `request` has the header Host.
void SignRequest(const Credentials& credentials,
                 const SigV4SigningContext& context, SigV4Request* request);

// Signs `request` in its query, for whoever presents it within `expires`: adds
// X-Amz-Algorithm to X-Amz-Signature, in botocore's order. All headers are
// signed; they must be sent along. Does not check `expires`, as botocore does
// not: services accept 1 second to 7 days.
//
// A DSQL authentication token is TargetOf() a presigned GET of
// "/?Action=DbConnect" after the host it names.
//
// Requires: `request` has the header Host.
void PresignRequest(const Credentials& credentials,
                    const SigV4SigningContext& context, absl::Duration expires,
                    SigV4Request* request);

}  // namespace dsql

#endif  // DSQL_IAM_SIGV4_SIGNER_H_
