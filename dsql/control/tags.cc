// SPDX-License-Identifier: Apache-2.0

#include "dsql/control/tags.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "dsql/control/service_errors.h"

namespace dsql {

absl::Status CheckTags(const TagMap& tags, absl::string_view resource_arn,
                       const Quotas& quotas) {
  for (const auto& tag : tags) {
    if (absl::StartsWithIgnoreCase(tag.first, "aws:")) {
      return InvalidMember(
          "tags",
          absl::StrCat("Tag key ", tag.first,
                       " starts with aws:, which is reserved for AWS."));
    }
  }
  if (tags.size() > static_cast<size_t>(quotas.tags_per_resource)) {
    return TagLimitReached(resource_arn, quotas.tags_per_resource);
  }
  return absl::OkStatus();
}

}  // namespace dsql
