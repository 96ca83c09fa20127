// SPDX-License-Identifier: Apache-2.0

#include "dsql/sql/plan/plan_translation.h"

#include <utility>

#include "absl/types/optional.h"
#include "dsql/sql/plan/plan_json.h"
#include "dsql/sql/plan/plan_text.h"

namespace dsql::sql {

std::vector<std::string> TranslatePlan(const Explain& explain,
                                       std::vector<std::string> rows) {
  if (explain.format == Explain::kText)
    return TranslatePlanText(std::move(rows), explain.estimates_dpus);
  for (std::string& row : rows) {
    absl::optional<std::string> translated = TranslatePlanJson(explain, row);
    if (translated.has_value()) row = *std::move(translated);
  }
  return rows;
}

}  // namespace dsql::sql
