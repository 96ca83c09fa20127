// SPDX-License-Identifier: Apache-2.0

#include "dsql/gateway/session/internal_commands.h"

#include "dsql/base/sql_error.h"
#include "dsql/gateway/session/step_builder.h"
#include "dsql/pgwire/backend.h"
#include "dsql/pgwire/error_fields.h"
#include "dsql/pgwire/framing.h"
#include "dsql/pgwire/frontend.h"

namespace dsql {
namespace {

// A name that no client takes for its statements and portals.
constexpr char kName[] = "dsql internal 5f0c1e2b9a7d4c3e";

}  // namespace

void EncodeCommand(absl::string_view command, std::string* out) {
  using pgwire::Target;
  // Where the last command failed, these are still there.
  pgwire::EncodeClose({Target::kPortal, kName}, out);
  pgwire::EncodeClose({Target::kStatement, kName}, out);
  pgwire::EncodeParse({kName, command, {}}, out);
  pgwire::EncodeBind({kName, kName, pgwire::kNoParameters}, out);
  pgwire::EncodeExecute({kName, 0}, out);
  pgwire::EncodeClose({Target::kStatement, kName}, out);
}

void EncodeFailingParse(std::string* out) {
  pgwire::EncodeParse({kName, kRefusedText, {}}, out);
}

absl::Status StatusOf(absl::string_view answer) {
  while (!answer.empty()) {
    const pgwire::Message message = pgwire::TakeMessage(&answer);
    if (message.type != pgwire::BackendType::kErrorResponse) continue;
    const auto detail = pgwire::DecodeErrorFields(message.body);
    return detail.ok() ? SqlError(*detail) : detail.status();
  }
  return absl::OkStatus();
}

std::vector<std::vector<std::string>> TextRows(absl::string_view answer) {
  std::vector<std::vector<std::string>> rows;
  while (!answer.empty()) {
    const pgwire::Message message = pgwire::TakeMessage(&answer);
    if (message.type != pgwire::BackendType::kDataRow) continue;
    const auto columns = pgwire::DecodeDataRow(message.body);
    if (!columns.ok()) continue;
    rows.emplace_back();
    for (const auto& column : *columns)
      rows.back().emplace_back(column.value_or(""));
  }
  return rows;
}

}  // namespace dsql
