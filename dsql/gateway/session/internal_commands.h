// SPDX-License-Identifier: Apache-2.0

// What the gateway itself says on a session's connection to the server.

#ifndef DSQL_GATEWAY_SESSION_INTERNAL_COMMANDS_H_
#define DSQL_GATEWAY_SESSION_INTERNAL_COMMANDS_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace dsql {

// Appends messages that run `command` in the extended protocol: a Query would
// take the client's unnamed statement and portal away. No Sync ends them.
void EncodeCommand(absl::string_view command, std::string* out);
// How many answers they have, rows aside.
constexpr size_t kCommandAnswers = 6;

// Appends a Parse that fails.
void EncodeFailingParse(std::string* out);

// The first error of an answer.
absl::Status StatusOf(absl::string_view answer);

// Values of DataRows as text, "" for NULL.
std::vector<std::vector<std::string>> TextRows(absl::string_view answer);

}  // namespace dsql

#endif  // DSQL_GATEWAY_SESSION_INTERNAL_COMMANDS_H_
