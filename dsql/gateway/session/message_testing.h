// SPDX-License-Identifier: Apache-2.0

// Messages for the tests of this folder and of dsql/occ.

#ifndef DSQL_GATEWAY_SESSION_MESSAGE_TESTING_H_
#define DSQL_GATEWAY_SESSION_MESSAGE_TESTING_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "dsql/gateway/session/step.h"
#include "dsql/pgwire/backend.h"
#include "dsql/pgwire/framing.h"
#include "dsql/pgwire/frontend.h"
#include "dsql/pgwire/wire_writer.h"
#include "dsql/sql/statement.h"

namespace dsql_testing {

// A message of any type.
inline std::string MessageOf(char type, absl::string_view body = "") {
  std::string bytes;
  ::dsql::pgwire::WireWriter(type, &bytes).Bytes(body);
  return bytes;
}

// An ErrorResponse, or with 'N' a NoticeResponse, with these fields.
inline std::string FieldsOf(
    char type, const std::vector<std::pair<char, std::string>>& fields) {
  std::string bytes;
  ::dsql::pgwire::WireWriter writer(type, &bytes);
  for (const auto& field : fields)
    writer.Byte(static_cast<uint8_t>(field.first)).CString(field.second);
  writer.Byte(0);
  return bytes;
}

inline std::string QueryOf(absl::string_view text) {
  std::string bytes;
  ::dsql::pgwire::EncodeQuery(text, &bytes);
  return bytes;
}

// With one parameter.
inline std::string ParseOf(absl::string_view name, absl::string_view text) {
  std::string bytes;
  ::dsql::pgwire::EncodeParse({name, text, {23}}, &bytes);
  return bytes;
}

// What follows the names is no Bind's.
inline std::string BindOf(absl::string_view portal,
                          absl::string_view statement) {
  std::string bytes;
  ::dsql::pgwire::EncodeBind({portal, statement, "rest"}, &bytes);
  return bytes;
}

inline std::string TagOf(absl::string_view tag) {
  std::string bytes;
  ::dsql::pgwire::EncodeCommandComplete(tag, &bytes);
  return bytes;
}

inline std::string ReadyOf(char status) {
  std::string bytes;
  ::dsql::pgwire::EncodeReadyForQuery(status, &bytes);
  return bytes;
}

inline std::string RowOf(const std::string& value) {
  std::string bytes;
  ::dsql::pgwire::EncodeDataRow({value}, &bytes);
  return bytes;
}

inline std::string ColumnsOf(const std::string& column) {
  std::string bytes;
  ::dsql::pgwire::EncodeTextRowDescription({column}, &bytes);
  return bytes;
}

inline std::string ParameterOf(absl::string_view name,
                               absl::string_view value) {
  std::string bytes;
  ::dsql::pgwire::EncodeParameterStatus({name, value}, &bytes);
  return bytes;
}

// The types of whole messages.
inline std::string TypesOf(absl::string_view messages) {
  std::string types;
  while (!messages.empty())
    types += ::dsql::pgwire::TakeMessage(&messages).type;
  return types;
}

// The only statement of `text`, which begins at `begin`.
inline ::dsql::StatementRef StatementOf(::dsql::sql::Statement statement,
                                        absl::string_view text = "x",
                                        size_t begin = 0) {
  auto analysis = std::make_shared<::dsql::sql::Analysis>();
  analysis->text = std::string(text);
  statement.begin = begin;
  statement.length = text.size() - begin;
  analysis->statements.push_back(std::move(statement));
  const ::dsql::sql::Statement* const only = &analysis->statements[0];
  return {std::move(analysis), only};
}

}  // namespace dsql_testing

#endif  // DSQL_GATEWAY_SESSION_MESSAGE_TESTING_H_
