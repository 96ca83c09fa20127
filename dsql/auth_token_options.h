// SPDX-License-Identifier: Apache-2.0

// How an authentication token is generated.

#ifndef DSQL_AUTH_TOKEN_OPTIONS_H_
#define DSQL_AUTH_TOKEN_OPTIONS_H_

#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "dsql/iam/credentials.h"

namespace dsql {

// The choices of Cluster::GenerateDbConnectAdminAuthToken().
struct AuthTokenOptions {
  // Those of FakeDsqlOptions where absent.
  absl::optional<Credentials> credentials;
  // 1 second to 7 days; a token with another life is refused.
  absl::Duration expires = absl::Seconds(900);
};

}  // namespace dsql

#endif  // DSQL_AUTH_TOKEN_OPTIONS_H_
