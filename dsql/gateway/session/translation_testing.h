// SPDX-License-Identifier: Apache-2.0

// Steps and the translation of their answers, for tests.

#ifndef DSQL_GATEWAY_SESSION_TRANSLATION_TESTING_H_
#define DSQL_GATEWAY_SESSION_TRANSLATION_TESTING_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "dsql/gateway/session/answer_translator.h"
#include "dsql/gateway/session/message_testing.h"
#include "dsql/gateway/session/server_state.h"
#include "dsql/gateway/session/step.h"
#include "dsql/pgwire/error_fields.h"
#include "dsql/pgwire/framing.h"
#include "dsql/sql/statement.h"
#include "dsql/v1/errors.pb.h"
#include "gtest/gtest.h"

namespace dsql_testing {

constexpr char kParseComplete = '1';
constexpr char kBindComplete = '2';
constexpr char kCloseComplete = '3';

inline ::dsql::v1::SqlErrorDetail NotSupported() {
  ::dsql::v1::SqlErrorDetail error;
  error.set_sqlstate("0A000");
  error.set_message("not supported");
  return error;
}

inline std::string Encoded(const ::dsql::v1::SqlErrorDetail& error) {
  std::string bytes;
  ::dsql::pgwire::EncodeErrorResponse(error, &bytes);
  return bytes;
}

inline std::string Error(const std::string& sqlstate) {
  return FieldsOf('E', {{'S', "ERROR"}, {'C', sqlstate}, {'M', "m"}});
}

inline ::dsql::sql::Statement Refused() {
  ::dsql::sql::Statement statement;
  statement.refusal = ::dsql::sql::Refusal{"rule", NotSupported()};
  return statement;
}

inline ::dsql::sql::Statement Rewritten(const std::string& tag,
                                        bool hide_rows) {
  ::dsql::sql::Statement statement;
  statement.rewrite = ::dsql::sql::Rewrite{"other", tag, hide_rows, {}};
  return statement;
}

inline ::dsql::Action ActionOf(::dsql::Action::Kind kind,
                               ::dsql::StatementRef statement = {}) {
  ::dsql::Action action;
  action.kind = kind;
  action.statement = std::move(statement);
  return action;
}

inline ::dsql::Step StepOf(::dsql::Step::Ending ending,
                           std::vector<::dsql::Action> actions) {
  ::dsql::Step step;
  step.ending = ending;
  step.actions = std::move(actions);
  return step;
}

inline ::dsql::Step QueryOf(::dsql::StatementRef statement = {}) {
  return StepOf(::dsql::Step::kQuery,
                {ActionOf(::dsql::Action::kStatement, std::move(statement))});
}

// Prepares, binds, describes and executes one statement.
inline ::dsql::Step ExtendedOf(::dsql::Step::Ending ending,
                               const ::dsql::StatementRef& statement = {}) {
  ::dsql::Step step = StepOf(ending, {});
  const auto add = [&](::dsql::Action::Kind kind, const std::string& message) {
    ::dsql::Action action = ActionOf(kind, statement);
    action.begin = step.request.size();
    action.size = message.size();
    step.actions.push_back(action);
    step.request += message;
  };
  add(::dsql::Action::kParse,
      MessageOf('P', absl::string_view("s\0x\0\0\0", 6)));
  add(::dsql::Action::kBind, MessageOf('B', absl::string_view("p\0s\0", 4)));
  add(::dsql::Action::kDescribe, MessageOf('D', absl::string_view("Pp\0", 3)));
  add(::dsql::Action::kExecute,
      MessageOf('E', absl::string_view("p\0\0\0\0\0", 6)));
  return step;
}

inline ::dsql::Expectation All(const ::dsql::Step& step) {
  ::dsql::Expectation expected;
  expected.step = &step;
  expected.last = step.actions.size();
  expected.until_ready = step.until_ready();
  return expected;
}

// An answer, and what its client saw.
struct Translation {
  Translation(const ::dsql::Expectation& expected, const std::string& answer)
      : translator(expected, &state) {
    Add(answer);
  }
  void Add(absl::string_view answer) {
    while (!answer.empty()) {
      EXPECT_FALSE(translator.complete()) << "but there is more";
      const ::dsql::pgwire::Message message =
          ::dsql::pgwire::TakeMessage(&answer);
      if (!translator.MustSee(message.type) ||
          !translator.Translate(message, &client))
        client.append(message.bytes.data(), message.bytes.size());
    }
  }

  ::dsql::ServerState state;
  ::dsql::AnswerTranslator translator;
  std::string client;
};

}  // namespace dsql_testing

#endif  // DSQL_GATEWAY_SESSION_TRANSLATION_TESTING_H_
