// SPDX-License-Identifier: Apache-2.0

// An HTTP request as far as AWS Signature Version 4 is concerned, free of any
// HTTP library.

#ifndef DSQL_IAM_SIGV4_REQUEST_H_
#define DSQL_IAM_SIGV4_REQUEST_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"

namespace dsql {

// Names in any case and values, in their order, repeated names included.
using HeaderFields = std::vector<std::pair<std::string, std::string>>;

struct SigV4Request {
  std::string method = "GET";
  // As on the wire: percent-encoded, without the query.
  std::string path = "/";
  // Names and values as on the wire: percent-encoded, in their order, repeated
  // names included.
  std::vector<std::pair<std::string, std::string>> query;
  // A repeated name is one header with several values.
  HeaderFields headers;
  // Not owned.
  absl::string_view body;
};

// Sets path and query from a request target as on the wire: "/tags/x?a=b&c".
void SetTarget(absl::string_view target, SigV4Request* request);

// The request target; undoes SetTarget().
std::string TargetOf(const SigV4Request& request);

// Returns the first value of a header, or nullopt. `name` has no case.
absl::optional<std::string> FindHeader(const HeaderFields& headers,
                                       absl::string_view name);
absl::optional<std::string> FindHeader(const SigV4Request& request,
                                       absl::string_view name);

// Returns the first value of a query parameter, decoded, or nullopt. `name` is
// decoded, too.
absl::optional<std::string> FindQueryParameter(const SigV4Request& request,
                                               absl::string_view name);

// Removes every value of a header. `name` has no case.
void RemoveHeader(absl::string_view name, SigV4Request* request);

}  // namespace dsql

#endif  // DSQL_IAM_SIGV4_REQUEST_H_
