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

// Segments of the template or the path, decoded, without the empty one before
// the first slash.
std::vector<std::string> Segments(absl::string_view path) {
  if (!path.empty()) path.remove_prefix(1);
  std::vector<std::string> segments;
  for (const absl::string_view segment : absl::StrSplit(path, '/')) {
    segments.push_back(UriDecode(segment));
  }
  return segments;
}

bool IsLabel(absl::string_view segment) {
  return absl::StartsWith(segment, "{") && absl::EndsWith(segment, "}");
}

// Sets `segments` to `count`, which are fewer, where the last one is an ARN.
void JoinArn(size_t count, std::vector<std::string>* segments) {
  const std::string rest =
      absl::StrJoin(segments->begin() + (count - 1), segments->end(), "/");
  if (!absl::StartsWith(rest, "arn:")) return;
  segments->resize(count);
  segments->back() = rest;
}

// Of as many segments.
bool Matches(const std::vector<std::string>& pattern,
             const std::vector<std::string>& segments) {
  for (size_t i = 0; i < pattern.size(); ++i) {
    if (IsLabel(pattern[i]) ? segments[i].empty() : segments[i] != pattern[i])
      return false;
  }
  return true;
}

Labels LabelsOf(const std::vector<std::string>& pattern,
                const std::vector<std::string>& segments) {
  Labels labels;
  for (size_t i = 0; i < pattern.size(); ++i) {
    if (!IsLabel(pattern[i])) continue;
    labels.emplace_back(pattern[i].substr(1, pattern[i].size() - 2),
                        segments[i]);
  }
  return labels;
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
    std::vector<std::string> joined;
    if (segments.size() > entry.segments.size() &&
        IsLabel(entry.segments.back())) {
      joined = segments;
      JoinArn(entry.segments.size(), &joined);
    }
    const auto& matched = joined.empty() ? segments : joined;
    if (matched.size() != entry.segments.size() ||
        !Matches(entry.segments, matched)) {
      continue;
    }
    route.allowed_methods.push_back(entry.method);
    if (entry.method != method) continue;
    route.operation = entry.operation;
    route.labels = LabelsOf(entry.segments, matched);
  }
  return route;
}

}  // namespace http
}  // namespace dsql
