// SPDX-License-Identifier: Apache-2.0

// Makes the data directory that servers start from.

#ifndef DSQL_POSTGRES_TEMPLATE_BUILDER_H_
#define DSQL_POSTGRES_TEMPLATE_BUILDER_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "dsql/postgres/binaries.h"
#include "dsql/postgres/run_as.h"
#include "dsql/postgres/template_cache.h"

namespace dsql::postgres {

// Raised whenever what BuildTemplate() makes changes, ServerSettings() aside.
constexpr int kTemplateFormat = 6;

// The postgresql.conf of every template.
absl::string_view ServerSettings();

// Errors: InvalidArgument.
absl::Status ValidateTemplateOptions(const TemplateOptions& options);

// Runs initdb and prepares roles, databases and settings in `data`, which must
// not exist. Requires: valid options; the parent of `data` can be written by
// `run_as`.
absl::StatusOr<Baseline> BuildTemplate(const TemplateOptions& options,
                                       const Binaries& binaries,
                                       const RunAs& run_as,
                                       const std::string& data);

}  // namespace dsql::postgres

#endif  // DSQL_POSTGRES_TEMPLATE_BUILDER_H_
