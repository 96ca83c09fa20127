// SPDX-License-Identifier: Apache-2.0

#include "dsql/kms/key_metadata.h"

namespace dsql::kms {

absl::string_view KeyStateName(KeyState state) {
  switch (state) {
    case KeyState::kEnabled:
      return "Enabled";
    case KeyState::kDisabled:
      return "Disabled";
    case KeyState::kPendingDeletion:
      return "PendingDeletion";
  }
  return "";
}

}  // namespace dsql::kms
