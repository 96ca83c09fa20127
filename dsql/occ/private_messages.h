// SPDX-License-Identifier: Apache-2.0

// A client's messages, so that they find the copies of tables, and the
// server's, so that they do not tell of these.

#ifndef DSQL_OCC_PRIVATE_MESSAGES_H_
#define DSQL_OCC_PRIVATE_MESSAGES_H_

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"
#include "dsql/gateway/session/prepared_statements.h"
#include "dsql/sql/rewrite/rewrite_names.h"
#include "dsql/v1/errors.pb.h"

namespace dsql {

struct PrivateMessages {
  // Messages that go in front, and how many answers they have.
  std::string twins;
  size_t twin_answers = 0;
  std::string messages;
};

// Messages that name the `copied` tables without their schemas: in Query, and,
// by twins of the statements, in Bind. The client's own statements stay as they
// are, as they outlive the copies.
PrivateMessages MakePrivate(absl::string_view messages,
                            const sql::RelationNames& copied,
                            const PreparedStatements& prepared);

// The server's messages, so that errors and notices name the schemas of the
// tables, and not that of the copies.
std::string TellTables(absl::string_view output,
                       const sql::RelationNames& copied);
// The same of an error.
void TellTable(const sql::RelationNames& copied, v1::SqlErrorDetail* error);

}  // namespace dsql

#endif  // DSQL_OCC_PRIVATE_MESSAGES_H_
