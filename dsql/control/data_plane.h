// What the control plane needs of whatever holds the rows: an endpoint for each
// cluster.

#ifndef DSQL_CONTROL_DATA_PLANE_H_
#define DSQL_CONTROL_DATA_PLANE_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace dsql {

// Implementations must be thread-safe and quick: they are called while an
// operation is being answered, and must not start a server.
class DataPlane {
 public:
  virtual ~DataPlane() = default;

  // The endpoint of a cluster, made at the first call and then always the same
  // until Close().
  virtual absl::StatusOr<std::string> Endpoint(
      absl::string_view region, absl::string_view cluster_identifier) = 0;

  // Ends the cluster's connections, and its data once no peer uses it. Called
  // when a cluster starts to be deleted; also for a cluster that never had an
  // endpoint, which must do nothing.
  virtual void Close(absl::string_view region,
                     absl::string_view cluster_identifier) = 0;
};

// No rows: endpoints have AWS's form, <id>.dsql.<region>.on.aws, and lead
// nowhere.
class NullDataPlane final : public DataPlane {
 public:
  absl::StatusOr<std::string> Endpoint(
      absl::string_view region, absl::string_view cluster_identifier) override;
  void Close(absl::string_view region,
             absl::string_view cluster_identifier) override {}
};

}  // namespace dsql

#endif  // DSQL_CONTROL_DATA_PLANE_H_
