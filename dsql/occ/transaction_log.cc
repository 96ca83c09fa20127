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

void AppendWithoutSchemas(const Message& message,
                          const sql::RelationNames& relations,
                          std::string* out) {
  if (message.type == FrontendType::kQuery) {
    const absl::StatusOr<absl::string_view> text =
        pgwire::DecodeQuery(message.body);
    if (text.ok())
      return pgwire::EncodeQuery(sql::WithoutSchemas(*text, relations), out);
  }
  if (message.type == FrontendType::kParse) {
    absl::StatusOr<pgwire::Parse> parse = pgwire::DecodeParse(message.body);
    if (parse.ok()) {
      const std::string text = sql::WithoutSchemas(parse->query, relations);
      parse->query = text;
      return pgwire::EncodeParse(*parse, out);
    }
  }
  out->append(message.bytes.data(), message.bytes.size());
}

}  // namespace

std::string RepeatableRequest(const Step& step, absl::string_view copy_data) {
  std::string request;
  absl::string_view rest = step.request;
  while (!rest.empty()) AppendRepeatable(pgwire::TakeMessage(&rest), &request);
  request.append(copy_data.data(), copy_data.size());
  if (step.extended) pgwire::EncodeSync(&request);
  return request;
}

std::string WithoutSchemas(absl::string_view request,
                           const sql::RelationNames& relations) {
  std::string result;
  while (!request.empty())
    AppendWithoutSchemas(pgwire::TakeMessage(&request), relations, &result);
  return result;
}

}  // namespace dsql
