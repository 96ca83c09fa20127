// SPDX-License-Identifier: Apache-2.0

// What PostgreSQL's output plugin test_decoding writes, one line a call: the
// begin and the end of a transaction, the rows that it changed, and messages.

#ifndef DSQL_STREAMS_DECODE_DECODED_LINE_H_
#define DSQL_STREAMS_DECODE_DECODED_LINE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "absl/types/variant.h"

namespace dsql::streams {

// A value of a row, as the type's output function prints it.
struct DecodedValue {
  std::string column;
  // As format_type() names it: "timestamp with time zone".
  std::string type;
  // nullopt is NULL.
  absl::optional<std::string> text;
  // It was not changed and is stored apart, so it is not told here.
  bool unchanged = false;
};

// In the order of the table's columns.
using DecodedRow = std::vector<DecodedValue>;

struct DecodedBegin {
  uint32_t xid = 0;
};

struct DecodedCommit {
  uint32_t xid = 0;
  absl::Time time;
};

// A row that was written.
struct DecodedChange {
  enum class Kind { kInsert, kUpdate, kDelete };
  Kind kind = Kind::kInsert;
  std::string schema;
  std::string table;
  // Of an update or delete, where the table's replica identity tells it; then
  // columns that were NULL are left out.
  absl::optional<DecodedRow> before;
  // Of an insert or update.
  absl::optional<DecodedRow> after;
};

// What pg_logical_emit_message() wrote.
struct DecodedMessage {
  bool transactional = false;
  std::string prefix;
  std::string content;
};

// What changes no single row: TRUNCATE.
struct DecodedOther {};

using DecodedLine = absl::variant<DecodedBegin, DecodedCommit, DecodedChange,
                                  DecodedMessage, DecodedOther>;

// Reads a line written with include-timestamp = on, in a session whose settings
// are those of kDecodingSettings.
//
// Errors: InvalidArgument for what test_decoding does not write, with the part
//   that was not understood.
absl::StatusOr<DecodedLine> ParseDecodedLine(absl::string_view line);

// The startup parameter `options` of a session that decodes: how values and
// times are printed.
constexpr char kDecodingSettings[] =
    "-cdatestyle=iso,ymd -cintervalstyle=iso_8601 -ctimezone=UTC"
    " -cextra_float_digits=1 -cbytea_output=hex -cclient_encoding=UTF8";

}  // namespace dsql::streams

#endif  // DSQL_STREAMS_DECODE_DECODED_LINE_H_
