// SPDX-License-Identifier: Apache-2.0

#include "dsql/storage/postgres/record_table.h"

#include <errno.h>
#include <sys/random.h>

#include <algorithm>
#include <limits>
#include <tuple>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "dsql/base/has_sqlstate.h"
#include "dsql/base/status_macros.h"
#include "dsql/storage/key_range.h"

namespace dsql {
namespace {

using postgres::Connection;
using postgres::Param;
using postgres::Result;

// Of the table and of the records in it (dsql/v1/records.proto). To be raised
// where an older library would misread either.
constexpr int64_t kFormatVersion = 1;

// Rows of one INSERT: bounds its text and its parameters.
constexpr size_t kRowsAtOnce = 100;

// The row that has the format as its version. No record's, as it is no
// hexadecimal text.
constexpr char kFormatRow[] = "table_name = 'format' AND record_key = 'format'";

std::string Hex(absl::string_view bytes) {
  return absl::BytesToHexString(bytes);
}

// A value as PostgreSQL reads and prints it.
std::string ByteaOf(absl::string_view bytes) {
  return absl::StrCat("\\x", absl::BytesToHexString(bytes));
}

absl::StatusOr<std::string> BytesOf(const std::string& bytea) {
  if (bytea.size() < 2 || bytea[0] != '\\' || bytea[1] != 'x') {
    return absl::FailedPreconditionError(
        "PostgresStorage needs the setting bytea_output = hex, which is the "
        "default");
  }
  return absl::HexStringToBytes(absl::string_view(bytea).substr(2));
}

absl::StatusOr<StorageRecord> RecordIn(const Result& result, int row) {
  StorageRecord record;
  DSQL_ASSIGN_OR_RETURN(const std::string key,
                        result.Get<std::string>(row, "record_key"));
  DSQL_ASSIGN_OR_RETURN(record.version, result.Get<int64_t>(row, "version"));
  DSQL_ASSIGN_OR_RETURN(const std::string value,
                        result.Get<std::string>(row, "value"));
  record.key = absl::HexStringToBytes(key);
  DSQL_ASSIGN_OR_RETURN(record.value, BytesOf(value));
  return record;
}

// Some languages have letters of two: Danish sorts "aa" after "z".
absl::Status CheckOrder(Connection& connection) {
  DSQL_ASSIGN_OR_RETURN(
      const Result result,
      connection.Query("SELECT '9' < 'a' AND 'a' < 'aa' AND 'aa' < 'ab' AND "
                       "'aa' < 'b' AND 'dd' < 'de' AND 'ff' < 'ff0' AND "
                       "'f9' < 'fa'"));
  DSQL_ASSIGN_OR_RETURN(const bool is_sorted, result.Scalar<bool>());
  if (is_sorted) return absl::OkStatus();
  return absl::FailedPreconditionError(
      "The database does not sort hexadecimal digits by their bytes. Use one "
      "that was created with LC_COLLATE 'C'");
}

}  // namespace

// What is done with one key.
struct RecordTable::Step {
  enum Kind {
    kPut,
    kCreate,
    kReplace,
    kDelete,
    kDeleteVersion,
    kExpectVersion,
    kExpectAbsent
  };

  static Kind KindOf(const WriteBatch::Write& write) {
    if (!write.expected_version.has_value()) {
      return write.value.has_value() ? kPut : kDelete;
    }
    const bool is_absent = *write.expected_version == WriteBatch::kAbsent;
    if (write.value.has_value()) return is_absent ? kCreate : kReplace;
    return is_absent ? kExpectAbsent : kDeleteVersion;
  }

  bool is_insert() const {
    return kind == kPut || kind == kCreate || kind == kExpectAbsent;
  }
  absl::Status WrongVersion() const {
    return absl::AbortedError(absl::StrCat(
        "Key ", absl::CHexEscape(absl::HexStringToBytes(key)), " of table ",
        absl::CHexEscape(absl::HexStringToBytes(table)),
        " does not have version ", expected));
  }

  Kind kind;
  std::string table;
  std::string key;
  int64_t expected = 0;
  int64_t version = 0;
  // nullopt for no record.
  absl::optional<std::string> value;
};

// In the order of keys, so that writers on a server with locks do not wait for
// each other in a circle.
std::vector<RecordTable::Step> RecordTable::StepsOf(const WriteBatch& batch,
                                                    int64_t first_version) {
  std::vector<Step> steps;
  for (const WriteBatch::Write& write : batch.writes()) {
    Step step;
    step.kind = Step::KindOf(write);
    step.table = Hex(write.table);
    step.key = Hex(write.key);
    step.expected = write.expected_version.value_or(0);
    step.version = first_version++;
    if (write.value.has_value()) step.value = ByteaOf(*write.value);
    steps.push_back(std::move(step));
  }
  for (const WriteBatch::Expectation& expected : batch.expectations()) {
    Step step;
    step.kind = expected.version == WriteBatch::kAbsent ? Step::kExpectAbsent
                                                        : Step::kExpectVersion;
    step.table = Hex(expected.table);
    step.key = Hex(expected.key);
    step.expected = expected.version;
    step.version = first_version++;
    steps.push_back(std::move(step));
  }
  std::sort(steps.begin(), steps.end(), [](const Step& a, const Step& b) {
    return std::tie(a.table, a.key) < std::tie(b.table, b.key);
  });
  return steps;
}

absl::Status RecordTable::Write(Connection& connection, const WriteBatch& batch,
                                int64_t first_version) const {
  const std::vector<Step> steps = StepsOf(batch, first_version);
  size_t begin = 0;
  while (begin < steps.size()) {
    size_t end = begin + 1;
    if (!steps[begin].is_insert()) {
      DSQL_RETURN_IF_ERROR(Do(connection, steps[begin]));
    } else {
      while (end < steps.size() && end - begin < kRowsAtOnce &&
             steps[end].kind == steps[begin].kind) {
        ++end;
      }
      DSQL_RETURN_IF_ERROR(Insert(connection, steps, begin, end));
    }
    begin = end;
  }
  return absl::OkStatus();
}

absl::Status RecordTable::Insert(Connection& connection,
                                 const std::vector<Step>& steps, size_t begin,
                                 size_t end) const {
  std::vector<std::string> rows;
  std::vector<Param> params;
  for (size_t i = begin; i < end; ++i) {
    const Step& step = steps[i];
    const size_t number = params.size();
    rows.push_back(absl::StrCat("($", number + 1, "::text, $", number + 2,
                                "::text, $", number + 3, "::bigint, $",
                                number + 4, "::bytea)"));
    params.insert(params.end(),
                  {step.table, step.key, step.version, step.value});
  }
  // Of what must not exist, a row that stands for no record counts.
  DSQL_ASSIGN_OR_RETURN(
      const Result result,
      connection.Query(
          absl::StrCat(
              "INSERT INTO ", name_,
              " AS r (table_name, record_key, version, value) VALUES ",
              absl::StrJoin(rows, ", "),
              " ON CONFLICT (table_name, record_key) DO UPDATE SET "
              "version = excluded.version, value = excluded.value",
              steps[begin].kind == Step::kPut ? "" : " WHERE r.value IS NULL"),
          params));
  if (result.affected_rows() == static_cast<int64_t>(end - begin)) {
    return absl::OkStatus();
  }
  return end - begin == 1
             ? steps[begin].WrongVersion()
             : absl::AbortedError("A key that must not exist does");
}

absl::Status RecordTable::Do(Connection& connection, const Step& step) const {
  if (step.kind == Step::kExpectVersion) return Lock(connection, step);
  const std::string of_key = " WHERE table_name = $1 AND record_key = $2";
  std::vector<Param> params = {step.table, step.key};
  std::string sql = absl::StrCat("DELETE FROM ", name_, of_key);
  if (step.kind != Step::kDelete) {
    params.push_back(step.expected);
    absl::StrAppend(&sql, " AND version = $3 AND value IS NOT NULL");
  }
  if (step.kind == Step::kReplace) {
    params.insert(params.end(), {step.version, step.value});
    sql = absl::StrCat("UPDATE ", name_, " SET version = $4, value = $5",
                       of_key, " AND version = $3 AND value IS NOT NULL");
  }
  DSQL_ASSIGN_OR_RETURN(const Result result, connection.Query(sql, params));
  if (step.kind == Step::kDelete || result.affected_rows() == 1) {
    return absl::OkStatus();
  }
  return step.WrongVersion();
}

absl::Status RecordTable::Lock(Connection& connection, const Step& step) const {
  DSQL_ASSIGN_OR_RETURN(
      const Result result,
      connection.Query(
          absl::StrCat("SELECT version FROM ", name_,
                       " WHERE table_name = $1 AND record_key = $2 AND version "
                       "= $3 AND value IS NOT NULL FOR UPDATE"),
          {step.table, step.key, step.expected}));
  return result.row_count() == 1 ? absl::OkStatus() : step.WrongVersion();
}

absl::StatusOr<absl::optional<StorageRecord>> RecordTable::Get(
    Connection& connection, absl::string_view table,
    absl::string_view key) const {
  DSQL_ASSIGN_OR_RETURN(
      const Result result,
      connection.Query(
          absl::StrCat("SELECT record_key, version, value FROM ", name_,
                       " WHERE table_name = $1 AND record_key = "
                       "$2 AND value IS NOT NULL"),
          {Hex(table), Hex(key)}));
  absl::optional<StorageRecord> record;
  if (result.empty()) return record;
  DSQL_ASSIGN_OR_RETURN(record, RecordIn(result, 0));
  return record;
}

absl::StatusOr<std::vector<StorageRecord>> RecordTable::Scan(
    Connection& connection, absl::string_view table,
    const ScanRange& range) const {
  const bool is_after =
      !range.start_after.empty() && range.start_after >= range.prefix;
  const absl::optional<std::string> end = EndOfPrefix(range.prefix);
  std::vector<Param> params = {
      Hex(table), Hex(is_after ? range.start_after : range.prefix),
      static_cast<int64_t>(std::min<uint64_t>(
          range.limit, std::numeric_limits<int64_t>::max()))};
  if (end.has_value()) params.push_back(Hex(*end));
  DSQL_ASSIGN_OR_RETURN(
      const Result result,
      connection.Query(
          absl::StrCat("SELECT record_key, version, value FROM ", name_,
                       " WHERE table_name = $1 AND record_key ",
                       is_after ? ">" : ">=", " $2",
                       end.has_value() ? " AND record_key < $4" : "",
                       " AND value IS NOT NULL ORDER BY record_key LIMIT "
                       "$3::bigint"),
          params));
  std::vector<StorageRecord> records;
  for (int row = 0; row < result.row_count(); ++row) {
    DSQL_ASSIGN_OR_RETURN(StorageRecord record, RecordIn(result, row));
    records.push_back(std::move(record));
  }
  return records;
}

absl::Status RecordTable::Prepare(Connection& connection) const {
  DSQL_RETURN_IF_ERROR(CheckOrder(connection));
  absl::Status status = CheckFormat(connection);
  // Asked for first, as a role may use a table that it could not make.
  if (HasSqlstate(status, "42P01")) {
    DSQL_RETURN_IF_ERROR(
        connection
            .Query(absl::StrCat(
                "CREATE TABLE IF NOT EXISTS ", name_,
                " (table_name text NOT NULL, record_key text NOT NULL, version "
                "bigint NOT NULL, value bytea, PRIMARY KEY (table_name, "
                "record_key))"))
            .status());
    status = CheckFormat(connection);
  }
  if (!HasSqlstate(status, "42703")) return status;
  return absl::FailedPreconditionError(
      absl::StrCat("The table ", name_,
                   " is another program's; name another one in "
                   "PostgresStorageOptions::table (",
                   status.message(), ")"));
}

absl::Status RecordTable::CheckFormat(Connection& connection) const {
  DSQL_ASSIGN_OR_RETURN(
      Result found, connection.Query(absl::StrCat("SELECT version FROM ", name_,
                                                  " WHERE ", kFormatRow)));
  if (found.empty()) {
    DSQL_RETURN_IF_ERROR(
        connection
            .Query(absl::StrCat("INSERT INTO ", name_,
                                " (table_name, record_key, version) VALUES "
                                "('format', 'format', ",
                                kFormatVersion, ") ON CONFLICT DO NOTHING"))
            .status());
    return absl::OkStatus();
  }
  DSQL_ASSIGN_OR_RETURN(const int64_t format, found.Scalar<int64_t>());
  if (format == kFormatVersion) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat(
      "The table ", name_, " has format ", format,
      ", this version of FakeDsql reads ", kFormatVersion,
      format > kFormatVersion
          ? ": a newer one wrote it. Use that one, or another table"
          : ". Use another table"));
}

// The kernel's, which a process shares with none that it was forked from.
absl::StatusOr<int64_t> NewVersions(size_t count) {
  uint64_t random = 0;
  if (getrandom(&random, sizeof(random), 0) != sizeof(random)) {
    return absl::ErrnoToStatus(errno, "getrandom");
  }
  constexpr uint64_t kBits = (uint64_t{1} << 62) - 1;
  const uint64_t last = kBits - count;
  return static_cast<int64_t>(std::min(random & kBits, last)) + 1;
}

}  // namespace dsql
