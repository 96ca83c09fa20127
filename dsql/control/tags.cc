#include "dsql/control/tags.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "dsql/control/service_errors.h"

namespace dsql {

absl::Status CheckTags(const TagMap& tags) {
  for (const auto& tag : tags) {
    if (absl::StartsWithIgnoreCase(tag.first, "aws:")) {
      return InvalidMember(
          "tags",
          absl::StrCat("Tag key ", tag.first,
                       " starts with aws:, which is reserved for AWS."));
    }
  }
  return absl::OkStatus();
}

}  // namespace dsql
