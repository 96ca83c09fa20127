// SPDX-License-Identifier: Apache-2.0

#include "dsql/pgwire/frontend.h"

#include "absl/strings/str_cat.h"
#include "dsql/pgwire/protocol_error.h"
#include "dsql/pgwire/wire_reader.h"
#include "dsql/pgwire/wire_writer.h"

namespace dsql::pgwire {
namespace {

absl::Status Malformed(const WireReader& reader) {
  return ProtocolError(reader.complaint());
}

absl::StatusOr<absl::string_view> DecodeText(absl::string_view body) {
  WireReader reader(body);
  const absl::string_view text = reader.CString();
  if (!reader.done()) return Malformed(reader);
  return text;
}

}  // namespace

absl::StatusOr<absl::string_view> DecodeQuery(absl::string_view body) {
  return DecodeText(body);
}

absl::StatusOr<Parse> DecodeParse(absl::string_view body) {
  WireReader reader(body);
  Parse parse;
  parse.statement = reader.CString();
  parse.query = reader.CString();
  const int count = static_cast<uint16_t>(reader.Int16());
  for (int i = 0; i < count && reader.ok(); ++i) {
    parse.parameter_types.push_back(reader.Int32());
  }
  if (!reader.done()) return Malformed(reader);
  return parse;
}

absl::StatusOr<BindNames> DecodeBindNames(absl::string_view body) {
  WireReader reader(body);
  BindNames bind;
  bind.portal = reader.CString();
  bind.statement = reader.CString();
  bind.rest = reader.Rest();
  if (!reader.ok()) return Malformed(reader);
  return bind;
}

absl::StatusOr<Execute> DecodeExecute(absl::string_view body) {
  WireReader reader(body);
  Execute execute;
  execute.portal = reader.CString();
  execute.max_rows = reader.Int32();
  if (!reader.done()) return Malformed(reader);
  return execute;
}

absl::StatusOr<Target> DecodeTarget(absl::string_view body) {
  WireReader reader(body);
  Target target;
  target.kind = static_cast<char>(reader.Byte());
  target.name = reader.CString();
  if (!reader.done()) return Malformed(reader);
  if (target.kind != Target::kStatement && target.kind != Target::kPortal) {
    // PostgreSQL's text has the message's name in it.
    return ProtocolError(absl::StrCat(
        "invalid message subtype ",
        static_cast<int>(static_cast<unsigned char>(target.kind))));
  }
  return target;
}

absl::StatusOr<absl::string_view> DecodePassword(absl::string_view body) {
  return DecodeText(body);
}

void EncodeQuery(absl::string_view query, std::string* out) {
  WireWriter(FrontendType::kQuery, out).CString(query);
}

void EncodeParse(const Parse& parse, std::string* out) {
  WireWriter writer(FrontendType::kParse, out);
  writer.CString(parse.statement).CString(parse.query);
  writer.Int16(static_cast<int16_t>(parse.parameter_types.size()));
  for (const int32_t type : parse.parameter_types) writer.Int32(type);
}

void EncodeBind(const BindNames& bind, std::string* out) {
  WireWriter(FrontendType::kBind, out)
      .CString(bind.portal)
      .CString(bind.statement)
      .Bytes(bind.rest);
}

void EncodeExecute(const Execute& execute, std::string* out) {
  WireWriter(FrontendType::kExecute, out)
      .CString(execute.portal)
      .Int32(execute.max_rows);
}

void EncodeDescribe(const Target& target, std::string* out) {
  WireWriter(FrontendType::kDescribe, out)
      .Byte(static_cast<uint8_t>(target.kind))
      .CString(target.name);
}

void EncodeClose(const Target& target, std::string* out) {
  WireWriter(FrontendType::kClose, out)
      .Byte(static_cast<uint8_t>(target.kind))
      .CString(target.name);
}

void EncodeCopyFail(absl::string_view reason, std::string* out) {
  WireWriter(FrontendType::kCopyFail, out).CString(reason);
}

void EncodeFlush(std::string* out) { WireWriter(FrontendType::kFlush, out); }

void EncodeSync(std::string* out) { WireWriter(FrontendType::kSync, out); }

void EncodeTerminate(std::string* out) {
  WireWriter(FrontendType::kTerminate, out);
}

}  // namespace dsql::pgwire
