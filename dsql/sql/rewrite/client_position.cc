// SPDX-License-Identifier: Apache-2.0

#include "dsql/sql/rewrite/client_position.h"

namespace dsql::sql {

absl::optional<int> ClientPosition(const Rewrite& rewrite,
                                   int server_position) {
  for (const CopiedPart& part : rewrite.copied) {
    const int within = server_position - 1 - part.begin;
    if (within >= 0 && within < part.length) {
      return part.original_begin + within + 1;
    }
  }
  return absl::nullopt;
}

}  // namespace dsql::sql
