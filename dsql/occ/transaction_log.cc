#include "dsql/occ/transaction_log.h"

#include "absl/status/statusor.h"
#include "dsql/pgwire/framing.h"
#include "dsql/pgwire/frontend.h"

namespace dsql {
namespace {

using pgwire::FrontendType;
using pgwire::Message;

void AppendRepeatable(const Message& message, std::string* out) {
  if (message.type == FrontendType::kSync ||
      message.type == FrontendType::kFlush)
    return;
  if (message.type == FrontendType::kParse) {
    const absl::StatusOr<pgwire::Parse> parse =
        pgwire::DecodeParse(message.body);
    if (parse.ok() && !parse->statement.empty())
      pgwire::EncodeClose({pgwire::Target::kStatement, parse->statement}, out);
  }
  out->append(message.bytes.data(), message.bytes.size());
}

}  // namespace

std::string RepeatableRequest(const Unit& unit, absl::string_view copy_data) {
  const std::string messages = MessagesOf(unit);
  std::string request;
  absl::string_view rest = messages;
  while (!rest.empty()) AppendRepeatable(pgwire::TakeMessage(&rest), &request);
  request.append(copy_data.data(), copy_data.size());
  if (unit.as_query || unit.step->extended()) pgwire::EncodeSync(&request);
  return request;
}

}  // namespace dsql
