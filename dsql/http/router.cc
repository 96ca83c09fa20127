// SPDX-License-Identifier: Apache-2.0

#include "dsql/http/router.h"

#include "absl/strings/match.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "dsql/iam/uri_encoding.h"
#include "dsql/v1/annotations.pb.h"

namespace dsql {
namespace http {
namespace {

using Labels = std::vector<std::pair<std::string, std::string>>;

// Segments of the template and the path, without the empty one before the first
// slash.
std::vector<std::string> Segments(absl::string_view path) {
  if (!path.empty()) path.remove_prefix(1);
  return absl::StrSplit(path, '/');
}

bool IsLabel(absl::string_view segment) {
  return absl::StartsWith(segment, "{") && absl::EndsWith(segment, "}");
}

// Sets `segments` to no more than `count`, the last of which may be an ARN.
void JoinArn(size_t count, std::vector<std::string>* segments) {
  if (segments->size() <= count) return;
  const std::string rest =
      absl::StrJoin(segments->begin() + (count - 1), segments->end(), "/");
  if (!absl::StartsWith(UriDecode(rest), "arn:")) return;
  segments->resize(count);
  segments->back() = rest;
}

bool Matches(const std::vector<std::string>& pattern,
             std::vector<std::string> segments, Labels* labels) {
  if (IsLabel(pattern.back())) JoinArn(pattern.size(), &segments);
  if (segments.size() != pattern.size()) return false;
  labels->clear();
  for (size_t i = 0; i < pattern.size(); ++i) {
    const std::string value = UriDecode(segments[i]);
    if (!IsLabel(pattern[i])) {
      if (value != pattern[i]) return false;
    } else if (value.empty()) {
      return false;
    } else {
      labels->emplace_back(pattern[i].substr(1, pattern[i].size() - 2), value);
    }
  }
  return true;
}

}  // namespace

Router::Router(const google::protobuf::ServiceDescriptor& service) {
  for (int i = 0; i < service.method_count(); ++i) {
    const google::protobuf::MethodDescriptor* method = service.method(i);
    const v1::Operation& binding =
        method->options().GetExtension(v1::operation);
    entries_.push_back({method, binding.method(), Segments(binding.uri())});
  }
}

Route Router::Find(absl::string_view method, absl::string_view path) const {
  Route route;
  if (!absl::StartsWith(path, "/")) return route;
  const auto segments = Segments(path);
  for (const Entry& entry : entries_) {
    Labels labels;
    if (!Matches(entry.segments, segments, &labels)) continue;
    route.allowed_methods.push_back(entry.method);
    if (entry.method != method) continue;
    route.operation = entry.operation;
    route.labels = std::move(labels);
  }
  return route;
}

}  // namespace http
}  // namespace dsql
