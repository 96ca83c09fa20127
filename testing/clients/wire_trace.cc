// SPDX-License-Identifier: Apache-2.0

#include "testing/clients/wire_trace.h"

#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "dsql/pgwire/backend.h"
#include "dsql/pgwire/error_fields.h"
#include "dsql/pgwire/wire_reader.h"

namespace dsql_testing {
namespace {

using ::dsql::pgwire::BackendType;
using ::dsql::pgwire::FindErrorField;
using ::dsql::pgwire::Message;
using ::dsql::pgwire::WireReader;

constexpr size_t kLongestValue = 80;

std::string Shortened(absl::string_view value) {
  if (value.size() <= kLongestValue) return absl::CHexEscape(value);
  return absl::StrCat(absl::CHexEscape(value.substr(0, 20)), "...",
                      value.size());
}

std::string PrintError(const Message& message, TraceDetail detail) {
  const absl::string_view body = message.body;
  const absl::string_view severity = FindErrorField(body, 'V');
  std::string text = absl::StrCat(std::string(1, message.type), "[");
  if (severity == "FATAL" || severity == "PANIC") {
    absl::StrAppend(&text, severity, " ");
  }
  absl::StrAppend(&text, FindErrorField(body, 'C'));
  const absl::string_view position = FindErrorField(body, 'P');
  if (!position.empty()) absl::StrAppend(&text, "@", position);
  if (detail == TraceDetail::kFull) {
    for (const char code : {'M', 'D', 'H', 'W', 's', 't', 'c', 'n'}) {
      const absl::string_view field = FindErrorField(body, code);
      if (!field.empty()) {
        absl::StrAppend(&text, " ", std::string(1, code), "=", field);
      }
    }
  }
  return text + "]";
}

std::string PrintRow(absl::string_view body) {
  const auto row = dsql::pgwire::DecodeDataRow(body);
  if (!row.ok()) return "D(malformed)";
  std::vector<std::string> values;
  for (const auto& value : *row) {
    values.push_back(value.has_value() ? Shortened(*value) : "NULL");
  }
  return absl::StrCat("D(", absl::StrJoin(values, ","), ")");
}

std::string PrintColumns(absl::string_view body) {
  WireReader reader(body);
  std::vector<std::string> columns;
  for (int left = reader.Int16(); left > 0 && reader.ok(); --left) {
    const absl::string_view name = reader.CString();
    reader.Int32();  // The table's OID differs from server to server.
    const int attribute = reader.Int16();
    const int type = reader.Int32();
    const int size = reader.Int16();
    const int modifier = reader.Int32();
    columns.push_back(absl::StrCat(name, ":", attribute, ":", type, ":", size,
                                   ":", modifier, ":", reader.Int16()));
  }
  return absl::StrCat("T(", absl::StrJoin(columns, ","), ")");
}

std::string PrintParameters(absl::string_view body) {
  WireReader reader(body);
  std::vector<int> types;
  for (int left = reader.Int16(); left > 0 && reader.ok(); --left) {
    types.push_back(reader.Int32());
  }
  return absl::StrCat("t(", absl::StrJoin(types, ","), ")");
}

}  // namespace

std::string PrintMessage(const Message& message, TraceDetail detail) {
  const bool full = detail == TraceDetail::kFull;
  switch (message.type) {
    case BackendType::kErrorResponse:
    case BackendType::kNoticeResponse:
      return PrintError(message, detail);
    case BackendType::kDataRow:
      return PrintRow(message.body);
    case BackendType::kCommandComplete:
      return absl::StrCat(
          "C[", dsql::pgwire::DecodeCommandComplete(message.body).value_or("?"),
          "]");
    case BackendType::kReadyForQuery:
      return absl::StrCat("Z[", message.body, "]");
    case BackendType::kParameterStatus: {
      WireReader reader(message.body);
      const absl::string_view name = reader.CString();
      return absl::StrCat("S[", name, "=", reader.CString(), "]");
    }
    case BackendType::kCopyData:
      return absl::StrCat("d(", Shortened(message.body), ")");
    case BackendType::kRowDescription:
      return full ? PrintColumns(message.body) : "T";
    case BackendType::kParameterDescription:
      return full ? PrintParameters(message.body) : "t";
    default:
      return std::string(1, message.type);
  }
}

}  // namespace dsql_testing
