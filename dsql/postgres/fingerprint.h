// SPDX-License-Identifier: Apache-2.0

// A number for a text that is the same in every process, unlike absl::Hash.

#ifndef DSQL_POSTGRES_FINGERPRINT_H_
#define DSQL_POSTGRES_FINGERPRINT_H_

#include <cstdint>

#include "absl/strings/string_view.h"

namespace dsql::postgres {

// FNV-1a.
inline uint64_t Fingerprint(absl::string_view text) {
  uint64_t hash = 14695981039346656037u;
  for (unsigned char c : text) hash = (hash ^ c) * 1099511628211u;
  return hash;
}

}  // namespace dsql::postgres

#endif  // DSQL_POSTGRES_FINGERPRINT_H_
