// SPDX-License-Identifier: Apache-2.0

// Tags of clusters and streams, by ARN. One TagManager is one Region's.

#ifndef DSQL_CONTROL_TAG_MANAGER_H_
#define DSQL_CONTROL_TAG_MANAGER_H_

#include "absl/status/statusor.h"
#include "dsql/v1/dsql.pb.h"

namespace dsql {

// Errors that every method may return: see ClusterManager. Besides, for the
// ARN:
// - ValidationException where it is no ARN of a cluster or stream;
// - AccessDeniedException where it is of another account;
// - ResourceNotFoundException where there is no such resource in this Region.
//
// Implementations must be thread-safe.
class TagManager {
 public:
  virtual ~TagManager() = default;

  // Adds tags; a key that is there already gets the new value.
  //
  // Errors: ValidationException for a key that starts with "aws:";
  //   ServiceQuotaExceededException where the resource would have more than
  //   Quotas::tags_per_resource.
  virtual absl::StatusOr<v1::TagResourceOutput> TagResource(
      const v1::TagResourceInput& input) = 0;

  // Removes tags; keys that are not there are ignored.
  virtual absl::StatusOr<v1::UntagResourceOutput> UntagResource(
      const v1::UntagResourceInput& input) = 0;

  virtual absl::StatusOr<v1::ListTagsForResourceOutput> ListTagsForResource(
      const v1::ListTagsForResourceInput& input) = 0;
};

}  // namespace dsql

#endif  // DSQL_CONTROL_TAG_MANAGER_H_
