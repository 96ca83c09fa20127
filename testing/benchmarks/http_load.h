// SPDX-License-Identifier: Apache-2.0

// Clients that keep an HTTP server busy.

#ifndef TESTING_BENCHMARKS_HTTP_LOAD_H_
#define TESTING_BENCHMARKS_HTTP_LOAD_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "dsql/fake_dsql_options.h"

namespace dsql_testing {

// Answers a second, where each of `connections` sends `request` again as soon
// as it is answered, for so long. A connection that the server ends is opened
// again.
//
// Errors: Internal for an answer that is not 200, with its body.
absl::StatusOr<double> RequestsPerSecond(int port, const std::string& request,
                                         int connections,
                                         absl::Duration duration);

// A whole request, signed once with the options' credentials: signatures are
// good for minutes, and are verified each time.
std::string SignedRequest(const dsql::FakeDsqlOptions& options,
                          const std::string& method, const std::string& target,
                          const std::string& body = "");

}  // namespace dsql_testing

#endif  // TESTING_BENCHMARKS_HTTP_LOAD_H_
