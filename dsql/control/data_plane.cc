#include "dsql/control/data_plane.h"

#include "absl/strings/str_cat.h"

namespace dsql {

absl::StatusOr<std::string> NullDataPlane::Endpoint(
    absl::string_view region, absl::string_view cluster_identifier) {
  return absl::StrCat(cluster_identifier, ".dsql.", region, ".on.aws");
}

}  // namespace dsql
