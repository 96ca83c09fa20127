// SPDX-License-Identifier: Apache-2.0

#include "testing/drivers/statement_file.h"

#include <memory>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace dsql_testing {
namespace {

struct ResultClearer {
  void operator()(PGresult* result) const { PQclear(result); }
};
using Answer = std::unique_ptr<PGresult, ResultClearer>;

std::vector<absl::optional<std::string>> ParseParameters(
    absl::string_view text) {
  std::vector<absl::optional<std::string>> parameters;
  for (const absl::string_view part : absl::StrSplit(text, '|')) {
    const absl::string_view value = absl::StripAsciiWhitespace(part);
    if (value == "\\N") {
      parameters.push_back(absl::nullopt);
    } else {
      parameters.emplace_back(std::string(value));
    }
  }
  return parameters;
}

void AddLine(absl::string_view line, DriverStatement* statement) {
  if (absl::ConsumePrefix(&line, "--$ ")) {
    statement->parameters = ParseParameters(line);
    statement->extended = true;
  } else if (absl::ConsumePrefix(&line, "--> ")) {
    statement->answer = std::string(line);
  } else if (absl::ConsumePrefix(&line, "--! ")) {
    statement->divergence = std::string(line);
  } else if (!absl::StartsWith(line, "-- ")) {
    absl::StrAppend(&statement->sql, statement->sql.empty() ? "" : "\n", line);
  }
}

// Ends a COPY with nothing, so that the connection can go on.
std::string EndCopy(PGconn* connection, const char* name) {
  char* row = nullptr;
  if (PQputCopyEnd(connection, nullptr) != 1) {
    while (PQgetCopyData(connection, &row, /*async=*/0) > 0) PQfreemem(row);
  }
  while (const Answer rest{PQgetResult(connection)}) {
  }
  return name;
}

std::string TextOf(PGconn* connection, const PGresult* answer) {
  switch (PQresultStatus(answer)) {
    case PGRES_COMMAND_OK:
    case PGRES_EMPTY_QUERY:
      return "ok";
    case PGRES_TUPLES_OK:
      return PQntuples(answer) > 0 ? "rows" : "no rows";
    case PGRES_COPY_IN:
      return EndCopy(connection, "copy in");
    case PGRES_COPY_OUT:
      return EndCopy(connection, "copy out");
    default:
      break;
  }
  const char* const sqlstate = PQresultErrorField(answer, PG_DIAG_SQLSTATE);
  const char* const message =
      PQresultErrorField(answer, PG_DIAG_MESSAGE_PRIMARY);
  return sqlstate == nullptr || message == nullptr
             ? PQerrorMessage(connection)
             : absl::StrCat(sqlstate, " ", message);
}

}  // namespace

std::vector<DriverStatement> ParseStatements(absl::string_view text) {
  const bool extended = absl::StrContains(text, "-- protocol: extended\n");
  std::vector<DriverStatement> statements;
  DriverStatement statement;
  int number = 0;
  const auto end_block = [&] {
    if (!statement.sql.empty()) statements.push_back(statement);
    statement = {};
    statement.line = number + 1;
    statement.extended = extended;
  };
  statement.extended = extended;
  for (const absl::string_view line : absl::StrSplit(text, '\n')) {
    ++number;
    if (line.empty()) {
      end_block();
    } else {
      AddLine(line, &statement);
    }
  }
  end_block();
  return statements;
}

std::string AnswerOf(PGconn* connection, const DriverStatement& statement) {
  if (!statement.extended) {
    const Answer answer(PQexec(connection, statement.sql.c_str()));
    return TextOf(connection, answer.get());
  }
  std::vector<const char*> values;
  for (const absl::optional<std::string>& parameter : statement.parameters) {
    values.push_back(parameter.has_value() ? parameter->c_str() : nullptr);
  }
  const Answer answer(PQexecParams(connection, statement.sql.c_str(),
                                   static_cast<int>(values.size()), nullptr,
                                   values.data(), nullptr, nullptr, 0));
  return TextOf(connection, answer.get());
}

}  // namespace dsql_testing
