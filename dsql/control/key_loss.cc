// SPDX-License-Identifier: Apache-2.0

#include "dsql/control/key_loss.h"

namespace dsql {
namespace {

using Cluster = v1::ClusterStatus;
using Encryption = v1::EncryptionStatus;
using Failure = v1::StreamFailureErrorCode;
using Stream = v1::StreamStatus;

void Fail(Stream::Value status, double at, v1::StreamRecord* stream) {
  stream->clear_transitions();
  stream->mutable_stream()->set_status(status);
  auto& reason = *stream->mutable_stream()->mutable_status_reason();
  reason.set_error(Failure::CLUSTER_CMK_INACCESSIBLE);
  reason.set_updated_at(at);
}

}  // namespace

bool IsInaccessible(const v1::GetClusterOutput& cluster) {
  return cluster.encryption_details().encryption_status() ==
         Encryption::KMS_KEY_INACCESSIBLE;
}

bool WillBeLost(const v1::ClusterRecord& cluster) {
  const auto& changes = cluster.key_changes();
  return changes.empty() ? IsInaccessible(cluster.cluster())
                         : changes.rbegin()->lost();
}

void FollowKey(bool lost, v1::GetClusterOutput* cluster) {
  if (!lost && !IsInaccessible(*cluster)) return;
  cluster->mutable_encryption_details()->set_encryption_status(
      lost ? Encryption::KMS_KEY_INACCESSIBLE : Encryption::ENABLED);
  const bool in_use = cluster->status() == Cluster::ACTIVE ||
                      cluster->status() == Cluster::INACTIVE;
  if (lost && in_use) cluster->set_status(Cluster::IDLE);
}

bool FollowKey(bool lost, double at, v1::StreamRecord* stream) {
  v1::GetStreamOutput& present = *stream->mutable_stream();
  const bool suffers =
      present.status() == Stream::IMPAIRED &&
      present.status_reason().error() == Failure::CLUSTER_CMK_INACCESSIBLE;
  if (suffers && !lost) {
    present.set_status(Stream::ACTIVE);
    present.clear_status_reason();
    return true;
  }
  if (!lost || suffers) return false;
  if (present.status() == Stream::CREATING) {
    Fail(Stream::FAILED, at, stream);
    return true;
  }
  if (present.status() != Stream::ACTIVE &&
      present.status() != Stream::IMPAIRED) {
    return false;
  }
  Fail(Stream::IMPAIRED, at, stream);
  return true;
}

}  // namespace dsql
