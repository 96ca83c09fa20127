// SPDX-License-Identifier: Apache-2.0

// Values of columns in the JSON of a change record.

#ifndef DSQL_STREAMS_RECORD_JSON_VALUE_H_
#define DSQL_STREAMS_RECORD_JSON_VALUE_H_

#include <string>

#include "absl/strings/string_view.h"

namespace dsql::streams {

// `text` as a JSON string.
std::string JsonString(absl::string_view text);

// The JSON of a value that is not NULL. `type` is as format_type() names it,
// that of a domain's base; `text` as PostgreSQL prints it under
// kDecodingSettings.
//
// Numbers for integers and floats; strings for numeric, text, varchar, uuid and
// json (its text); bpchar without the blanks at its end; base64 for bytea; days
// for date; microseconds for time, timetz (in UTC), timestamp, timestamptz and
// interval (a month of 2,629,800 s). null for an interval that no int64 holds.
// Any other type is a string.
//
// Fidelity: AWS publishes no values for infinite dates; they are PostgreSQL's
//   own, 2147483647 and -2147483648.
std::string JsonValue(absl::string_view type, absl::string_view text);

}  // namespace dsql::streams

#endif  // DSQL_STREAMS_RECORD_JSON_VALUE_H_
