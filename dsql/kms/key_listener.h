// SPDX-License-Identifier: Apache-2.0

// Who has to know what becomes of KMS keys.

#ifndef DSQL_KMS_KEY_LISTENER_H_
#define DSQL_KMS_KEY_LISTENER_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace dsql::kms {

// Implementations must be thread-safe; calls come without a lock.
class KeyListener {
 public:
  virtual ~KeyListener() = default;

  // The state or the policy of a key was written. May be called when nothing
  // has changed.
  virtual absl::Status KeyChanged(absl::string_view key_arn) = 0;

  // What KeyChanged() told has its effect now, not later.
  virtual absl::Status Propagate() = 0;
};

}  // namespace dsql::kms

#endif  // DSQL_KMS_KEY_LISTENER_H_
