#include "dsql/control/idleness.h"

#include "absl/strings/str_cat.h"
#include "dsql/base/status_macros.h"
#include "dsql/control/mutation.h"
#include "dsql/control/records.h"
#include "dsql/control/service_errors.h"

namespace dsql {
namespace {

bool IsOfIdleness(v1::ClusterStatus::Value status) {
  return status == v1::ClusterStatus::ACTIVE ||
         status == v1::ClusterStatus::IDLE ||
         status == v1::ClusterStatus::INACTIVE;
}

}  // namespace

absl::Status SetIdleness(const Environment& environment,
                         absl::string_view region, absl::string_view identifier,
                         v1::ClusterStatus::Value status) {
  if (!IsOfIdleness(status)) {
    return absl::InvalidArgumentError(
        absl::StrCat("A cluster can be made ACTIVE, IDLE or INACTIVE, not ",
                     v1::ClusterStatus::Value_Name(status)));
  }
  return Mutate<bool>(environment.storage, "SetIdleness",
                      [&](WriteBatch* batch) -> absl::StatusOr<bool> {
                        DSQL_ASSIGN_OR_RETURN(
                            auto cluster,
                            GetClusterRecord(environment, region, identifier));
                        v1::GetClusterOutput& present =
                            *cluster->record.mutable_cluster();
                        if (!IsOfIdleness(present.status())) {
                          return ClusterIsBusy("SetIdleness", present);
                        }
                        present.set_status(status);
                        WriteCluster(region, *cluster, batch);
                        return true;
                      })
      .status();
}

}  // namespace dsql
