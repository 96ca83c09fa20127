// SPDX-License-Identifier: Apache-2.0

// What the control plane needs of whatever holds the rows: an endpoint for each
// cluster.

#ifndef DSQL_CONTROL_DATA_PLANE_H_
#define DSQL_CONTROL_DATA_PLANE_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace dsql {

// Opens and closes the endpoints of clusters.
//
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
  // when a cluster starts to be deleted, maybe several times; also for a
  // cluster that never had an endpoint, or never was, which must do nothing.
  virtual void Close(absl::string_view region,
                     absl::string_view cluster_identifier) = 0;

  // Whether DSQL can use the cluster's KMS key has changed, or when it will be
  // so: sessions end once the key is lost, and streams have another status. May
  // be called when nothing has changed.
  virtual void KeyChanged(absl::string_view /*region*/,
                          absl::string_view /*cluster_identifier*/) {}

  // UpdateCluster has given the cluster another KMS key, or one of AWS's own:
  // what is encrypted by the one before must not need that any more.
  virtual void OtherKey(absl::string_view /*region*/,
                        absl::string_view /*cluster_identifier*/) {}

  // A stream of the cluster was created, or starts to be deleted.
  virtual void StreamsChanged(absl::string_view /*region*/,
                              absl::string_view /*cluster_identifier*/) {}
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
