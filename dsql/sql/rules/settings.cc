// SPDX-License-Identifier: Apache-2.0

#include "dsql/sql/rules/settings.h"

#include "absl/container/flat_hash_set.h"
#include "absl/strings/ascii.h"

namespace dsql::sql {

bool MayBeSet(absl::string_view name) {
  static const auto* const names = new absl::flat_hash_set<absl::string_view>{
      "application_name",
      "client_encoding",
      "datestyle",
      "disable_sync_create_index",
      "dsql.enable_batched_nestloop",
      "enable_bitmapscan",
      "enable_hashjoin",
      "enable_indexonlyscan",
      "enable_indexscan",
      "enable_material",
      "enable_mergejoin",
      "enable_nestloop",
      "enable_seqscan",
      "extra_float_digits",
      "intervalstyle",
      "role",
      "search_path",
      "timezone",
  };
  return names->contains(absl::AsciiStrToLower(name));
}

}  // namespace dsql::sql
