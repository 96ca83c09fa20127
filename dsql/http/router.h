// SPDX-License-Identifier: Apache-2.0

// Finds the operation that an HTTP request calls.

#ifndef DSQL_HTTP_ROUTER_H_
#define DSQL_HTTP_ROUTER_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "google/protobuf/descriptor.h"

namespace dsql {
namespace http {

struct Route {
  // Null where no operation has this method and path.
  const google::protobuf::MethodDescriptor* operation = nullptr;
  // The names of the URI template's labels, and what the path has there,
  // decoded.
  std::vector<std::pair<std::string, std::string>> labels;
  // The methods of the path's operations; empty where the path has none.
  std::vector<std::string> allowed_methods;
};

// Works from the methods' options (dsql/v1/annotations.proto); knows no
// operation. Immutable.
class Router {
 public:
  explicit Router(const google::protobuf::ServiceDescriptor& service);

  // `path` is as on the wire, percent-encoded. A label takes one segment, never
  // an empty one; the last one takes all that remain where they are an ARN,
  // whose slashes some clients send unencoded.
  Route Find(absl::string_view method, absl::string_view path) const;

 private:
  struct Entry {
    const google::protobuf::MethodDescriptor* operation;
    std::string method;
    // Of the URI template: "cluster", "{identifier}".
    std::vector<std::string> segments;
  };

  std::vector<Entry> entries_;
};

}  // namespace http
}  // namespace dsql

#endif  // DSQL_HTTP_ROUTER_H_
