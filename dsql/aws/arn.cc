// SPDX-License-Identifier: Apache-2.0

#include "dsql/aws/arn.h"

#include <algorithm>
#include <cstdint>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace dsql {
namespace {

// Of Regions and identifiers: those of LocalStack have hyphens, too.
bool IsNameCharacter(char c) {
  return absl::ascii_islower(c) || absl::ascii_isdigit(c) || c == '-';
}

bool IsIdentifier(absl::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), IsNameCharacter);
}

}  // namespace

absl::string_view PartitionOf(absl::string_view region) {
  if (absl::StartsWith(region, "cn-")) return "aws-cn";
  if (absl::StartsWith(region, "us-gov-")) return "aws-us-gov";
  if (absl::StartsWith(region, "eusc-")) return "aws-eusc";
  return "aws";
}

// "us-gov-west-1": words, of which the last is a direction, and a digit.
bool IsRegionName(absl::string_view region) {
  static constexpr absl::string_view kDirections[] = {
      "central",   "east",      "north", "northeast", "northwest",
      "southeast", "southwest", "south", "west"};
  const size_t number = region.rfind('-');
  if (region.size() > 20 || number == region.npos ||
      number + 2 != region.size() || !absl::ascii_isdigit(region.back())) {
    return false;
  }
  const absl::string_view words = region.substr(0, number);
  const size_t direction = words.rfind('-');
  return direction != words.npos && direction != 0 && words[0] != '-' &&
         !absl::StrContains(words, "--") &&
         absl::c_linear_search(kDirections, words.substr(direction + 1)) &&
         absl::c_all_of(words, [](char c) {
           return c == '-' || absl::ascii_islower(static_cast<uint8_t>(c));
         });
}

bool IsAccountId(absl::string_view account_id) {
  return account_id.size() == 12 &&
         std::all_of(account_id.begin(), account_id.end(),
                     [](char c) { return absl::ascii_isdigit(c); });
}

std::string RootArn(absl::string_view account_id, absl::string_view partition) {
  return absl::StrCat("arn:", partition, ":iam::", account_id, ":root");
}

absl::optional<ArnParts> ArnParts::Parse(absl::string_view text) {
  const std::vector<absl::string_view> parts =
      absl::StrSplit(text, absl::MaxSplits(':', 5));
  if (parts.size() != 6 || parts[0] != "arn") return absl::nullopt;
  ArnParts arn;
  arn.partition = std::string(parts[1]);
  arn.service = std::string(parts[2]);
  arn.region = std::string(parts[3]);
  arn.account_id = std::string(parts[4]);
  arn.resource = std::string(parts[5]);
  return arn;
}

absl::optional<DsqlArn> DsqlArn::Parse(absl::string_view text) {
  absl::optional<ArnParts> parts = ArnParts::Parse(text);
  if (!parts.has_value() || parts->service != "dsql" ||
      !IsRegionName(parts->region) ||
      parts->partition != PartitionOf(parts->region) ||
      !IsAccountId(parts->account_id)) {
    return absl::nullopt;
  }
  const std::vector<absl::string_view> path =
      absl::StrSplit(parts->resource, '/');
  const bool is_cluster = path.size() == 2;
  const bool is_stream = path.size() == 4 && path[2] == "stream";
  if ((!is_cluster && !is_stream) || path[0] != "cluster" ||
      !IsIdentifier(path[1]) || !IsIdentifier(path.back())) {
    return absl::nullopt;
  }
  DsqlArn arn;
  arn.partition = std::move(parts->partition);
  arn.region = std::move(parts->region);
  arn.account_id = std::move(parts->account_id);
  arn.cluster_identifier = std::string(path[1]);
  if (is_stream) arn.stream_identifier = std::string(path[3]);
  return arn;
}

DsqlArn DsqlArn::Cluster(absl::string_view region, absl::string_view account_id,
                         absl::string_view cluster_identifier) {
  DsqlArn arn;
  arn.partition = std::string(PartitionOf(region));
  arn.region = std::string(region);
  arn.account_id = std::string(account_id);
  arn.cluster_identifier = std::string(cluster_identifier);
  return arn;
}

DsqlArn DsqlArn::Stream(absl::string_view stream_identifier) const {
  DsqlArn arn = *this;
  arn.stream_identifier = std::string(stream_identifier);
  return arn;
}

std::string DsqlArn::ToString() const {
  std::string text = absl::StrCat("arn:", partition, ":dsql:", region, ":",
                                  account_id, ":cluster/", cluster_identifier);
  if (!stream_identifier.empty()) {
    absl::StrAppend(&text, "/stream/", stream_identifier);
  }
  return text;
}

}  // namespace dsql
