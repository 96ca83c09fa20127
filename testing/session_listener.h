// SPDX-License-Identifier: Apache-2.0

// Sessions that are told that they end.

#ifndef TESTING_SESSION_LISTENER_H_
#define TESTING_SESSION_LISTENER_H_

#include <poll.h>

#include <memory>
#include <string>

#include "dsql/postgres/libpq.h"
#include "gtest/gtest.h"

namespace dsql_testing {

// A session of libpq's own, which says what it hears when it waits for nothing:
// for libpq that is a notice.
class SessionListener {
 public:
  explicit SessionListener(const std::string& conninfo)
      : connection_(PQconnectdb(conninfo.c_str()), PQfinish) {
    PQsetNoticeProcessor(connection_.get(), Append, &heard_);
    PQsetErrorVerbosity(connection_.get(), PQERRORS_VERBOSE);
  }

  void Execute(const char* sql) {
    PGresult* const result = PQexec(connection_.get(), sql);
    EXPECT_EQ(PQresultStatus(result), PGRES_COMMAND_OK)
        << PQerrorMessage(connection_.get());
    PQclear(result);
  }

  // Sends it, and does not wait for the answer.
  void Send(const char* sql) {
    EXPECT_EQ(PQsendQuery(connection_.get(), sql), 1)
        << PQerrorMessage(connection_.get());
  }

  // The error that what was sent is answered with.
  std::string Answer() {
    std::string error;
    while (PGresult* const result = PQgetResult(connection_.get())) {
      error += PQresultErrorMessage(result);
      PQclear(result);
    }
    return error;
  }

  // What the session is told when it ends, having asked for nothing.
  std::string Farewell() {
    pollfd socket = {PQsocket(connection_.get()), POLLIN, 0};
    while (heard_.empty() && PQstatus(connection_.get()) == CONNECTION_OK) {
      if (poll(&socket, 1, /*timeout=*/30000) != 1) return "nothing came";
      PQconsumeInput(connection_.get());
      PQisBusy(connection_.get());
    }
    return heard_;
  }

 private:
  static void Append(void* heard, const char* message) {
    *static_cast<std::string*>(heard) += message;
  }

  std::string heard_;
  std::unique_ptr<PGconn, void (*)(PGconn*)> connection_;
};

}  // namespace dsql_testing

#endif  // TESTING_SESSION_LISTENER_H_
