// SPDX-License-Identifier: Apache-2.0

// Change streams of clusters. One StreamManager is one Region's.

#ifndef DSQL_CONTROL_STREAM_MANAGER_H_
#define DSQL_CONTROL_STREAM_MANAGER_H_

#include "absl/status/statusor.h"
#include "dsql/v1/dsql.pb.h"

namespace dsql {

// Errors that every method may return: see ClusterManager. Every one also
// answers ResourceNotFoundException where the cluster does not exist.
//
// Implementations must be thread-safe.
class StreamManager {
 public:
  virtual ~StreamManager() = default;

  // Creates a stream: CREATING, then ACTIVE when
  // LifecycleDurations::stream_creating has passed.
  //
  // Errors: ValidationException unless the cluster is ACTIVE and the Kinesis
  //   stream in its account and Region; ServiceQuotaExceededException past
  //   Quotas::streams_per_cluster or ::tags_per_resource; ConflictException for
  //   a client token that was used with other parameters.
  // What is committed from then on is delivered; see dsql/change_stream.h.
  virtual absl::StatusOr<v1::CreateStreamOutput> CreateStream(
      const v1::CreateStreamInput& input) = 0;

  // Errors: ResourceNotFoundException.
  virtual absl::StatusOr<v1::GetStreamOutput> GetStream(
      const v1::GetStreamInput& input) = 0;

  // Deletes a stream: DELETING, then gone.
  //
  // Errors: ResourceNotFoundException; ConflictException while it is CREATING
  //   or DELETING.
  virtual absl::StatusOr<v1::DeleteStreamOutput> DeleteStream(
      const v1::DeleteStreamInput& input) = 0;

  // Lists the streams of a cluster; pages as ClusterManager::ListClusters does.
  virtual absl::StatusOr<v1::ListStreamsOutput> ListStreams(
      const v1::ListStreamsInput& input) = 0;
};

}  // namespace dsql

#endif  // DSQL_CONTROL_STREAM_MANAGER_H_
