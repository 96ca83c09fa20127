// SPDX-License-Identifier: Apache-2.0

// The target of an HTTP request, taken apart.

#ifndef DSQL_HTTP_REQUEST_TARGET_H_
#define DSQL_HTTP_REQUEST_TARGET_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"

namespace dsql {
namespace http {

struct RequestTarget {
  // "/cluster/a%20b?c=d". Any text has a meaning: there are no errors.
  static RequestTarget Parse(absl::string_view target);

  // As on the wire: percent-encoded.
  std::string path;
  // Names and values, decoded, in their order. A plus sign stands for itself,
  // as AWS's clients and signatures have it.
  std::vector<std::pair<std::string, std::string>> query;
};

}  // namespace http
}  // namespace dsql

#endif  // DSQL_HTTP_REQUEST_TARGET_H_
