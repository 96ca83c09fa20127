// SPDX-License-Identifier: Apache-2.0

// CSV as PostgreSQL's COPY reads it.

#ifndef DSQL_SCHEMA_CSV_H_
#define DSQL_SCHEMA_CSV_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"

namespace dsql::schema {

// A record, with its line end if it has one. A quoted value may go over lines.
struct CsvRecord {
  absl::string_view text;
  // Where it begins; counts from 1.
  int line = 1;
};

// The records of `csv`, which must outlive them, without empty lines.
//
// Errors: InvalidArgument with the line of a quote that is not closed.
absl::StatusOr<std::vector<CsvRecord>> SplitCsv(absl::string_view csv);

// The values of a record, unquoted.
std::vector<std::string> CsvValues(absl::string_view record);

// A record of these values, with a line end; nullopt is NULL, which is nothing
// between commas.
std::string ToCsvRecord(const std::vector<absl::optional<std::string>>& values);

}  // namespace dsql::schema

#endif  // DSQL_SCHEMA_CSV_H_
