// SPDX-License-Identifier: Apache-2.0

#include "dsql/iam/request_keys.h"

#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "dsql/aws/arn.h"

namespace dsql {

RequestContext RequestKeys(const RequestOrigin& origin,
                           absl::string_view resource_arn,
                           const std::map<std::string, std::string>& tags) {
  RequestContext keys;
  if (!origin.source_ip.empty()) keys.Set("aws:SourceIp", {origin.source_ip});
  keys.Set("aws:SecureTransport", {origin.secure ? "true" : "false"});
  keys.Set("aws:ViaAWSService", {"false"});
  keys.Set("aws:RequestedRegion", {origin.region});
  keys.Set("aws:CurrentTime",
           {absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", origin.now,
                             absl::UTCTimeZone())});
  keys.Set("aws:EpochTime", {absl::StrCat(absl::ToUnixSeconds(origin.now))});
  const absl::optional<ArnParts> arn = ArnParts::Parse(resource_arn);
  if (arn.has_value()) keys.Set("aws:ResourceAccount", {arn->account_id});
  keys.AddTags("aws:ResourceTag/", tags);
  return keys;
}

}  // namespace dsql
