// SPDX-License-Identifier: Apache-2.0

#include "dsql/pgwire/backend.h"

#include "absl/strings/numbers.h"
#include "dsql/pgwire/protocol_error.h"
#include "dsql/pgwire/wire_reader.h"
#include "dsql/pgwire/wire_writer.h"

namespace dsql::pgwire {
namespace {

constexpr int32_t kAuthenticationOk = 0;
constexpr int32_t kAuthenticationCleartextPassword = 3;
constexpr int32_t kProtocolMajor = 3 << 16;
constexpr int32_t kTextOid = 25;

absl::Status Malformed() {
  return ProtocolError("malformed message from the server");
}

}  // namespace

absl::StatusOr<char> DecodeReadyForQuery(absl::string_view body) {
  WireReader reader(body);
  const char status = static_cast<char>(reader.Byte());
  const bool known = status == TransactionStatus::kIdle ||
                     status == TransactionStatus::kInTransaction ||
                     status == TransactionStatus::kFailed;
  if (!reader.done() || !known) return Malformed();
  return status;
}

absl::StatusOr<absl::string_view> DecodeCommandComplete(
    absl::string_view body) {
  WireReader reader(body);
  const absl::string_view tag = reader.CString();
  if (!reader.done()) return Malformed();
  return tag;
}

absl::StatusOr<int32_t> DecodeAuthentication(absl::string_view body) {
  WireReader reader(body);
  const int32_t kind = reader.Int32();
  if (!reader.ok()) return Malformed();
  return kind;
}

absl::StatusOr<BackendKey> DecodeBackendKeyData(absl::string_view body) {
  WireReader reader(body);
  BackendKey key;
  key.pid = reader.Int32();
  key.secret = std::string(reader.Rest());
  if (!reader.ok() || key.secret.empty()) return Malformed();
  return key;
}

absl::StatusOr<Parameter> DecodeParameterStatus(absl::string_view body) {
  WireReader reader(body);
  Parameter parameter;
  parameter.name = reader.CString();
  parameter.value = reader.CString();
  if (!reader.done()) return Malformed();
  return parameter;
}

absl::StatusOr<std::vector<absl::optional<absl::string_view>>> DecodeDataRow(
    absl::string_view body) {
  WireReader reader(body);
  std::vector<absl::optional<absl::string_view>> values;
  const int count = static_cast<uint16_t>(reader.Int16());
  for (int i = 0; i < count && reader.ok(); ++i) {
    const int32_t size = reader.Int32();
    if (size == -1) {
      values.emplace_back();
    } else {
      values.emplace_back(reader.Bytes(static_cast<uint32_t>(size)));
    }
  }
  if (!reader.done()) return Malformed();
  return values;
}

int64_t RowsOf(absl::string_view command_tag) {
  int64_t rows = 0;
  const size_t space = command_tag.rfind(' ');
  if (space == absl::string_view::npos ||
      !absl::SimpleAtoi(command_tag.substr(space + 1), &rows)) {
    return 0;
  }
  return rows;
}

void EncodeAuthenticationOk(std::string* out) {
  WireWriter(BackendType::kAuthentication, out).Int32(kAuthenticationOk);
}

void EncodeAuthenticationCleartextPassword(std::string* out) {
  WireWriter(BackendType::kAuthentication, out)
      .Int32(kAuthenticationCleartextPassword);
}

void EncodeBackendKeyData(const BackendKey& key, std::string* out) {
  WireWriter(BackendType::kBackendKeyData, out)
      .Int32(key.pid)
      .Bytes(key.secret);
}

void EncodeParameterStatus(const Parameter& parameter, std::string* out) {
  WireWriter(BackendType::kParameterStatus, out)
      .CString(parameter.name)
      .CString(parameter.value);
}

void EncodeReadyForQuery(char status, std::string* out) {
  WireWriter(BackendType::kReadyForQuery, out)
      .Byte(static_cast<uint8_t>(status));
}

void EncodeCommandComplete(absl::string_view tag, std::string* out) {
  WireWriter(BackendType::kCommandComplete, out).CString(tag);
}

void EncodeNegotiateProtocolVersion(uint16_t minor,
                                    const std::vector<std::string>& options,
                                    std::string* out) {
  WireWriter writer(BackendType::kNegotiateProtocolVersion, out);
  writer.Int32(kProtocolMajor | minor)
      .Int32(static_cast<int32_t>(options.size()));
  for (const std::string& option : options) writer.CString(option);
}

void EncodeTextRowDescription(const std::vector<std::string>& columns,
                              std::string* out) {
  WireWriter writer(BackendType::kRowDescription, out);
  writer.Int16(static_cast<int16_t>(columns.size()));
  for (const std::string& column : columns) {
    // No table, no column of it; a type of variable length, without modifier,
    // in text format.
    writer.CString(column).Int32(0).Int16(0).Int32(kTextOid).Int16(-1);
    writer.Int32(-1).Int16(0);
  }
}

void EncodeDataRow(const std::vector<absl::optional<std::string>>& values,
                   std::string* out) {
  WireWriter writer(BackendType::kDataRow, out);
  writer.Int16(static_cast<int16_t>(values.size()));
  for (const absl::optional<std::string>& value : values) {
    if (!value.has_value()) {
      writer.Int32(-1);
    } else {
      writer.Int32(static_cast<int32_t>(value->size())).Bytes(*value);
    }
  }
}

}  // namespace dsql::pgwire
