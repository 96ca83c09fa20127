// SPDX-License-Identifier: Apache-2.0

#include "dsql/sql/server_errors.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace dsql::sql {

absl::optional<v1::SqlErrorDetail> ErrorInDsql(absl::string_view sqlstate,
                                               absl::string_view message) {
  // DSQL's query memory, which server_schema.cc sets. PostgreSQL 17 and later
  // put the setting in quotes.
  if (sqlstate != "53400" ||
      !absl::ConsumePrefix(&message, "temporary file size exceeds ") ||
      !(absl::ConsumePrefix(&message, "temp_file_limit (") ||
        absl::ConsumePrefix(&message, "\"temp_file_limit\" (")) ||
      !absl::ConsumeSuffix(&message, "kB)"))
    return absl::nullopt;
  v1::SqlErrorDetail error;
  error.set_sqlstate("54000");
  error.set_message(
      absl::StrCat("query requires more than allowed temp space of ", message,
                   " KB to execute"));
  return error;
}

}  // namespace dsql::sql
