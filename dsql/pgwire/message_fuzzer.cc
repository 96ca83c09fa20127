// SPDX-License-Identifier: Apache-2.0

// Fuzzes what reads a peer's bytes:
//
//   bazel run --config=asan //dsql/pgwire:message_fuzzer -- $PWD/corpus
//
// message_corpus_test replays testdata/messages through the same function.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "absl/strings/string_view.h"
#include "dsql/pgwire/backend.h"
#include "dsql/pgwire/error_fields.h"
#include "dsql/pgwire/framing.h"
#include "dsql/pgwire/frontend.h"
#include "dsql/pgwire/startup.h"

namespace {

using namespace dsql::pgwire;  // All of it is looked at.

void Require(bool condition) {
  if (!condition) std::abort();
}

// What was decoded is encoded into the bytes that it came from.
template <typename Encode>
void RequireRoundTrip(const Message& message, Encode encode) {
  std::string bytes;
  encode(&bytes);
  Require(bytes == message.bytes);
}

void ReadFrontend(const Message& message) {
  if (message.type == FrontendType::kQuery) {
    const auto query = DecodeQuery(message.body);
    if (!query.ok()) return;
    RequireRoundTrip(message, [&](auto* out) { EncodeQuery(*query, out); });
  } else if (message.type == FrontendType::kParse) {
    const auto parse = DecodeParse(message.body);
    if (!parse.ok()) return;
    RequireRoundTrip(message, [&](auto* out) { EncodeParse(*parse, out); });
  } else if (message.type == FrontendType::kBind) {
    const auto bind = DecodeBindNames(message.body);
    if (!bind.ok()) return;
    RequireRoundTrip(message, [&](auto* out) { EncodeBind(*bind, out); });
  } else if (message.type == FrontendType::kExecute) {
    const auto execute = DecodeExecute(message.body);
    if (!execute.ok()) return;
    RequireRoundTrip(message, [&](auto* out) { EncodeExecute(*execute, out); });
  } else if (message.type == FrontendType::kClose) {
    const auto target = DecodeTarget(message.body);
    if (!target.ok()) return;
    RequireRoundTrip(message, [&](auto* out) { EncodeClose(*target, out); });
  }
}

// Every decoder, whatever the type says.
void ReadBackend(absl::string_view body) {
  DecodeReadyForQuery(body).IgnoreError();
  DecodeAuthentication(body).IgnoreError();
  DecodeBackendKeyData(body).IgnoreError();
  DecodeParameterStatus(body).IgnoreError();
  DecodeErrorFields(body).IgnoreError();
  FindErrorField(body, 'C');
  DecodePassword(body).IgnoreError();
  const auto tag = DecodeCommandComplete(body);
  if (tag.ok()) RowsOf(*tag);
  const auto row = DecodeDataRow(body);
  if (!row.ok()) return;
  for (const auto& value : *row) Require(!value || value->size() < body.size());
}

void ReadStartup(absl::string_view bytes) {
  const auto packet = DecodeStartup(bytes);
  if (!packet.ok() || !packet->has_value()) return;
  Require((*packet)->size <= bytes.size());
  (*packet)->Find("user");
}

void ReadMessages(absl::string_view bytes) {
  while (true) {
    const auto message = NextMessage(bytes, 4096);
    if (!message.ok() || !message->has_value()) return;
    Require((*message)->bytes.size() <= bytes.size());
    ReadFrontend(**message);
    ReadBackend((*message)->body);
    TakeMessage(&bytes);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view bytes(reinterpret_cast<const char*>(data), size);
  ReadStartup(bytes);
  ReadMessages(bytes);
  ReadBackend(bytes);
  return 0;
}
