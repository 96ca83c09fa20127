// SPDX-License-Identifier: Apache-2.0

#include "dsql/gateway/session/client_text.h"

#include "dsql/gateway/session/step_builder.h"
#include "dsql/pgwire/framing.h"
#include "dsql/pgwire/frontend.h"

namespace dsql {
namespace {

using pgwire::FrontendType;
using pgwire::Message;

std::string TextIn(const sql::TextEncoding& encoding, absl::string_view text) {
  return encoding.FromUtf8(text).value_or(kUnreadableText);
}

// False where the message has no text.
bool AddTranslated(const sql::TextEncoding& encoding, const Message& message,
                   std::string* out) {
  if (message.type == FrontendType::kQuery) {
    const auto query = pgwire::DecodeQuery(message.body);
    if (!query.ok()) return false;
    pgwire::EncodeQuery(TextIn(encoding, *query), out);
    return true;
  }
  if (message.type != FrontendType::kParse) return false;
  auto parse = pgwire::DecodeParse(message.body);
  if (!parse.ok()) return false;
  const std::string text = TextIn(encoding, parse->query);
  parse->query = text;
  pgwire::EncodeParse(*parse, out);
  return true;
}

}  // namespace

std::string WithTextsIn(const sql::TextEncoding& encoding,
                        absl::string_view messages) {
  std::string translated;
  translated.reserve(messages.size());
  while (!messages.empty()) {
    const Message message = pgwire::TakeMessage(&messages);
    if (!AddTranslated(encoding, message, &translated))
      translated.append(message.bytes.data(), message.bytes.size());
  }
  return translated;
}

}  // namespace dsql
