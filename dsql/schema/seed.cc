// SPDX-License-Identifier: Apache-2.0

#include "dsql/schema/seed.h"

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/types/optional.h"
#include "absl/types/span.h"
#include "dsql/base/status_macros.h"
#include "dsql/base/status_payload.h"
#include "dsql/postgres/result.h"
#include "dsql/schema/csv.h"
#include "dsql/schema/read_file.h"

namespace dsql::schema {
namespace {

using ::dsql::postgres::Connection;
using ::dsql::postgres::Param;
using ::dsql::postgres::Result;

absl::StatusOr<std::string> CopyStatement(
    const Connection& connection, absl::string_view table,
    const std::vector<std::string>& columns, const SeedOptions& options) {
  std::vector<std::string> quoted;
  for (const std::string& column : columns) {
    DSQL_ASSIGN_OR_RETURN(std::string name, connection.QuoteIdentifier(column));
    quoted.push_back(name);
  }
  DSQL_ASSIGN_OR_RETURN(std::string target, connection.QuoteIdentifier(table));
  if (!options.schema.empty()) {
    DSQL_ASSIGN_OR_RETURN(const std::string schema,
                          connection.QuoteIdentifier(options.schema));
    target = absl::StrCat(schema, ".", target);
  }
  return absl::StrCat("COPY ", target, " (", absl::StrJoin(quoted, ", "),
                      ") FROM STDIN WITH (FORMAT csv)");
}

// How many of `records` are the next transaction: at least one.
size_t BatchSize(absl::Span<const CsvRecord> records,
                 const SeedOptions& options) {
  int64_t bytes = 0;
  size_t size = 0;
  while (size < records.size()) {
    bytes += static_cast<int64_t>(records[size].text.size());
    const bool fits = static_cast<int64_t>(size) < options.batch_rows &&
                      bytes <= options.batch_bytes;
    if (!fits && size > 0) break;
    ++size;
  }
  return size;
}

absl::Status CopyBatch(Connection* connection, const std::string& sql,
                       absl::Span<const CsvRecord> batch,
                       const SeedOptions& options) {
  std::string data;
  for (const CsvRecord& record : batch) {
    absl::StrAppend(&data, record.text);
    // The last one of the text may have no line end.
    if (record.text.back() != '\n') data += '\n';
  }
  absl::Status status = postgres::RetrySerializationFailures(
      [&] { return connection->CopyFrom(sql, data).status(); }, options.retry);
  if (status.ok()) return status;
  return WithMessage(status,
                     absl::StrCat(options.name, ":", batch.front().line, "-",
                                  batch.back().line, ": ", status.message()));
}

absl::StatusOr<int64_t> CopyRecords(Connection* connection,
                                    absl::string_view table,
                                    const std::vector<std::string>& columns,
                                    absl::Span<const CsvRecord> records,
                                    const SeedOptions& options) {
  DSQL_ASSIGN_OR_RETURN(const std::string sql,
                        CopyStatement(*connection, table, columns, options));
  absl::Span<const CsvRecord> rest = records;
  while (!rest.empty()) {
    const size_t size = BatchSize(rest, options);
    DSQL_RETURN_IF_ERROR(
        CopyBatch(connection, sql, rest.subspan(0, size), options));
    rest.remove_prefix(size);
  }
  return static_cast<int64_t>(records.size());
}

}  // namespace

absl::StatusOr<int64_t> SeedFromCsv(Connection* connection,
                                    absl::string_view table,
                                    absl::string_view csv,
                                    const SeedOptions& options) {
  const absl::StatusOr<std::vector<CsvRecord>> records = SplitCsv(csv);
  if (!records.ok()) {
    return WithMessage(
        records.status(),
        absl::StrCat(options.name, ": ", records.status().message()));
  }
  if (records->empty()) {
    return absl::InvalidArgumentError(absl::StrCat(
        options.name, " is empty: its first record has to name the columns"));
  }
  return CopyRecords(connection, table, CsvValues(records->front().text),
                     absl::MakeConstSpan(*records).subspan(1), options);
}

absl::StatusOr<int64_t> SeedFromCsvFile(Connection* connection,
                                        absl::string_view table,
                                        const std::string& path,
                                        const SeedOptions& options) {
  DSQL_ASSIGN_OR_RETURN(const std::string csv, ReadFile(path));
  SeedOptions named = options;
  named.name = path;
  return SeedFromCsv(connection, table, csv, named);
}

absl::StatusOr<int64_t> SeedRows(Connection* connection,
                                 absl::string_view table,
                                 const std::vector<std::string>& columns,
                                 const std::vector<std::vector<Param>>& rows,
                                 const SeedOptions& options) {
  std::vector<std::string> texts;
  texts.reserve(rows.size());
  std::vector<CsvRecord> records;
  for (const std::vector<Param>& row : rows) {
    if (row.size() != columns.size()) {
      return absl::InvalidArgumentError(
          absl::StrCat("Row ", texts.size() + 1, " for ", table, " has ",
                       row.size(), " values for ", columns.size(), " columns"));
    }
    std::vector<absl::optional<std::string>> values;
    values.reserve(row.size());
    for (const Param& value : row) values.push_back(value.text());
    texts.push_back(ToCsvRecord(values));
    records.push_back({texts.back(), static_cast<int>(texts.size())});
  }
  return CopyRecords(connection, table, columns, records, options);
}

}  // namespace dsql::schema
