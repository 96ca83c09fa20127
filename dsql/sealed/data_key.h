// SPDX-License-Identifier: Apache-2.0

// The key of a database's files, and the keys by which it is kept.

#ifndef DSQL_SEALED_DATA_KEY_H_
#define DSQL_SEALED_DATA_KEY_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "dsql/sealed/key_wrapper.h"
#include "dsql/v1/sealed.pb.h"

namespace dsql::sealed {

// The data key of one database, wrapped once for each cluster that shares it:
// one key that can be used is enough.
//
// A KMS makes new data keys and wraps none that is given. So what it makes for
// a cluster is a wrapping key, under which the data key is.
//
// Thread-safety: not safe.
class DataKey {
 public:
  // A new one. Requires: `keys` is not empty.
  //
  // Errors: FailedPrecondition where none of `keys` can be used.
  static absl::StatusOr<DataKey> Create(const std::vector<ClusterKey>& keys,
                                        KeyWrapper* wrapper);

  // What Write() has written.
  //
  // Errors: NotFound; DataLoss; FailedPrecondition where none of its keys can
  // be
  //   used, with each reason.
  static absl::StatusOr<DataKey> Open(const std::string& path,
                                      KeyWrapper* wrapper);

  // Knows by which keys it is kept, where somebody has rewrapped it and written
  // it to `path` meanwhile. Needs none of them.
  //
  // Errors: NotFound; DataLoss.
  absl::Status Refresh(const std::string& path);

  // Keeps it by `keys` from now on, of those that can be used; those that kept
  // it already are not asked. Without any it is in the clear. Returns whether
  // anything is new.
  //
  // Errors: FailedPrecondition where none of `keys` can be used; then nothing
  //   has changed.
  absl::StatusOr<bool> Rewrap(const std::vector<ClusterKey>& keys,
                              KeyWrapper* wrapper);

  // Makes `path`, whole or not at all. It is on the disk then.
  //
  // Errors: those of the disk.
  absl::Status Write(const std::string& path) const;

  // 32 bytes.
  const std::string& plaintext() const { return plaintext_; }

 private:
  explicit DataKey(std::string plaintext) : plaintext_(std::move(plaintext)) {}

  absl::StatusOr<v1::SealedKeys::Key> Wrap(const ClusterKey& key,
                                           KeyWrapper* wrapper) const;

  std::string plaintext_;
  v1::SealedKeys wrapped_;
};

}  // namespace dsql::sealed

#endif  // DSQL_SEALED_DATA_KEY_H_
