// SPDX-License-Identifier: Apache-2.0

// Texts of statements on their way to a server that reads another encoding than
// UTF-8.

#ifndef DSQL_GATEWAY_SESSION_CLIENT_TEXT_H_
#define DSQL_GATEWAY_SESSION_CLIENT_TEXT_H_

#include <string>

#include "absl/strings/string_view.h"
#include "dsql/sql/text_encoding.h"

namespace dsql {

// Messages for a server, whose texts are UTF-8, with texts in `encoding`. In
// the place of one that has other characters stands one that fails when it is
// parsed: it would mean something else.
//
// Thread-safe.
std::string WithTextsIn(const sql::TextEncoding& encoding,
                        absl::string_view messages);

}  // namespace dsql

#endif  // DSQL_GATEWAY_SESSION_CLIENT_TEXT_H_
