// SPDX-License-Identifier: Apache-2.0

#include "dsql/pgwire/error_fields.h"

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "dsql/base/sql_error.h"
#include "dsql/pgwire/backend.h"
#include "dsql/pgwire/protocol_error.h"
#include "dsql/pgwire/wire_reader.h"
#include "dsql/pgwire/wire_writer.h"

namespace dsql::pgwire {
namespace {

void SetField(char code, absl::string_view view, v1::SqlErrorDetail* detail) {
  std::string value(view);
  int32_t position = 0;
  switch (code) {
    case 'S':
      if (detail->severity().empty()) detail->set_severity(std::move(value));
      break;
    case 'V':  // Like 'S', but never translated.
      detail->set_severity(std::move(value));
      break;
    case 'C':
      detail->set_sqlstate(std::move(value));
      break;
    case 'M':
      detail->set_message(std::move(value));
      break;
    case 'D':
      detail->set_detail(std::move(value));
      break;
    case 'H':
      detail->set_hint(std::move(value));
      break;
    case 'P':
      if (absl::SimpleAtoi(value, &position)) detail->set_position(position);
      break;
    case 's':
      detail->set_schema_name(std::move(value));
      break;
    case 't':
      detail->set_table_name(std::move(value));
      break;
    case 'c':
      detail->set_column_name(std::move(value));
      break;
    case 'n':
      detail->set_constraint_name(std::move(value));
      break;
    default:  // The server's source file and line, for example.
      break;
  }
}

void Field(char code, absl::string_view value, WireWriter* writer) {
  writer->Byte(static_cast<uint8_t>(code)).CString(value);
}

}  // namespace

absl::string_view FindErrorField(absl::string_view body, char code) {
  WireReader reader(body);
  while (reader.ok()) {
    const char found = static_cast<char>(reader.Byte());
    if (found == '\0') break;
    const absl::string_view value = reader.CString();
    if (found == code) return value;
  }
  return {};
}

absl::StatusOr<v1::SqlErrorDetail> DecodeErrorFields(absl::string_view body) {
  WireReader reader(body);
  v1::SqlErrorDetail detail;
  while (reader.ok()) {
    const char code = static_cast<char>(reader.Byte());
    if (code == '\0') break;
    const absl::string_view value = reader.CString();
    if (reader.ok()) SetField(code, value, &detail);
  }
  if (!reader.done()) {
    return ProtocolError("malformed ErrorResponse from the server");
  }
  return detail;
}

void EncodeErrorResponse(const v1::SqlErrorDetail& detail, std::string* out) {
  const std::string severity =
      detail.severity().empty() ? "ERROR" : detail.severity();
  WireWriter writer(BackendType::kErrorResponse, out);
  Field('S', severity, &writer);
  Field('V', severity, &writer);
  Field('C', detail.sqlstate(), &writer);
  Field('M', detail.message(), &writer);
  if (detail.has_detail()) Field('D', detail.detail(), &writer);
  if (detail.has_hint()) Field('H', detail.hint(), &writer);
  if (detail.has_position()) {
    Field('P', absl::StrCat(detail.position()), &writer);
  }
  if (detail.has_schema_name()) Field('s', detail.schema_name(), &writer);
  if (detail.has_table_name()) Field('t', detail.table_name(), &writer);
  if (detail.has_column_name()) Field('c', detail.column_name(), &writer);
  if (detail.has_constraint_name()) {
    Field('n', detail.constraint_name(), &writer);
  }
  writer.Byte(0);
}

void CopyWithoutFields(const Message& message, absl::string_view codes,
                       std::string* out) {
  const size_t begin = out->size();
  WireReader reader(message.body);
  {
    WireWriter writer(message.type, out);
    while (reader.ok()) {
      const char code = static_cast<char>(reader.Byte());
      if (code == '\0') break;
      const absl::string_view value = reader.CString();
      if (!absl::StrContains(codes, code)) Field(code, value, &writer);
    }
    writer.Byte(0);
  }
  if (reader.done()) return;
  out->resize(begin);
  out->append(message.bytes.data(), message.bytes.size());
}

void CopyWithField(const Message& message, char code, absl::string_view value,
                   std::string* out) {
  if (!DecodeErrorFields(message.body).ok()) {
    out->append(message.bytes.data(), message.bytes.size());
    return;
  }
  std::string without;
  CopyWithoutFields(message, absl::string_view(&code, 1), &without);
  absl::string_view rest = without;
  const absl::string_view body = TakeMessage(&rest).body;
  WireWriter writer(message.type, out);
  // The last byte ends the fields.
  writer.Bytes(body.substr(0, body.size() - 1));
  Field(code, value, &writer);
  writer.Byte(0);
}

void CopyWithPosition(const Message& message, absl::optional<int> position,
                      std::string* out) {
  if (position.has_value()) {
    CopyWithField(message, 'P', absl::StrCat(*position), out);
  } else {
    CopyWithoutFields(message, "P", out);
  }
}

v1::SqlErrorDetail ErrorDetailOf(const absl::Status& status,
                                 absl::string_view sqlstate) {
  const absl::optional<v1::SqlErrorDetail> detail = GetSqlErrorDetail(status);
  if (detail.has_value()) return *detail;
  v1::SqlErrorDetail other;
  other.set_sqlstate(std::string(sqlstate));
  other.set_message(std::string(status.message()));
  return other;
}

}  // namespace dsql::pgwire
