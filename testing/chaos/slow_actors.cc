// SPDX-License-Identifier: Apache-2.0

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "dsql/base/status_macros.h"
#include "dsql/postgres/libpq.h"
#include "testing/chaos/rude_actors.h"
#include "testing/chaos/sql_client.h"

namespace dsql_testing {
namespace {

using ResultPtr = std::unique_ptr<PGresult, void (*)(PGresult*)>;

constexpr int kRows = 4000;

// The next answer; null at the end, and where none comes in time.
ResultPtr NextResult(PGconn* connection, absl::Time deadline) {
  while (PQisBusy(connection)) {
    pollfd ready = {PQsocket(connection), POLLIN, 0};
    const int64_t left = absl::ToInt64Milliseconds(deadline - absl::Now());
    if (left <= 0 || poll(&ready, 1, static_cast<int>(left)) <= 0)
      return ResultPtr(nullptr, PQclear);
    // An error is the next result.
    PQconsumeInput(connection);
  }
  return ResultPtr(PQgetResult(connection), PQclear);
}

class SlowReader : public Actor {
 public:
  explicit SlowReader(const Part& part) : Actor(part), client_(&this->part()) {}

  void Step() override {
    auto* const connection = client_.Connect();
    if (connection == nullptr) return;
    const std::string sql = absl::StrCat(
        "SELECT k, repeat('x', 1000) FROM generate_series(1, ", kRows, ") k");
    PQsendQuery(connection->raw(), sql.c_str());
    PQsetSingleRowMode(connection->raw());
    PauseRandomly(absl::Seconds(1));
    if (Random(3) == 0) return client_.Leave();
    station().Do("reads slowly");
    Read(connection->raw());
    station().Rest();
  }

 private:
  void Read(PGconn* connection) {
    const absl::Time deadline = absl::Now() + SqlClient::kPatience;
    int rows = 0;
    absl::Status status;
    while (const ResultPtr result = NextResult(connection, deadline)) {
      if (PQresultStatus(result.get()) == PGRES_SINGLE_TUPLE) ++rows;
      if (status.ok()) status = dsql::postgres::ErrorOf(result.get());
      if (rows % 500 == 0) PauseRandomly(absl::Milliseconds(50));
    }
    if (absl::Now() > deadline)
      status = absl::DeadlineExceededError("no row comes");
    client_.Hear(status, "a long answer");
    // Else what is left of the answer is in the way.
    if (!status.ok()) return client_.Leave();
    if (rows != kRows)
      Violate(absl::StrCat(rows, " rows came in the place of ", kRows));
    Count("long answers");
  }

  SqlClient client_;
};

// Cuts the connection, with a RST and without the message that ends a session.
void Cut(dsql::postgres::Connection* connection) {
  const linger reset = {1, 0};
  const int socket = PQsocket(connection->raw());
  setsockopt(socket, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
  // libpq goes on with another file in its place.
  const int nowhere = open("/dev/null", O_RDWR | O_CLOEXEC);
  dup3(nowhere, socket, O_CLOEXEC);
  close(nowhere);
}

class Leaver : public Actor {
 public:
  explicit Leaver(const Part& part)
      : Actor(part),
        client_(&this->part()),
        table_(absl::StrCat("left_", part.number)) {}

  absl::Status Prepare() override {
    return client_.Insist(absl::StrCat("CREATE TABLE IF NOT EXISTS ", table_,
                                       " (id int, half int, ghost bool,"
                                       " PRIMARY KEY (id, half))"));
  }

  void Step() override {
    auto* const connection = client_.Connect();
    if (connection == nullptr) return;
    const int id = part().round * 1000000 + ++made_;
    switch (Random(4)) {
      case 0:
        LeaveBlock(id);
        break;
      case 1:
        LeaveCopy(connection, id);
        break;
      case 2:
        LeaveCommit(connection, id);
        break;
      default:
        // As the message that ends a session says.
        client_.Ask("SELECT 1").status().IgnoreError();
    }
    Count("clients that left");
    client_.Leave();
    PauseRandomly(absl::Milliseconds(50));
  }

  absl::Status Judge() override {
    DSQL_ASSIGN_OR_RETURN(
        const auto wrong,
        client_.Ask(absl::StrCat("SELECT id FROM ", table_,
                                 " GROUP BY id HAVING count(*) <> 2 OR"
                                 " bool_or(ghost)")));
    for (int row = 0; row < wrong.row_count(); ++row) {
      Violate(absl::StrCat("what was left is there by halves: ",
                           wrong.Get<std::string>(row, 0).value_or("")));
    }
    return absl::OkStatus();
  }

 private:
  std::string Insert(int id, bool ghost) const {
    return absl::StrCat("INSERT INTO ", table_, " VALUES (", id, ", 1, ",
                        ghost ? "true" : "false", "), (", id, ", 2, ",
                        ghost ? "true" : "false", ")");
  }

  void LeaveBlock(int id) {
    if (!client_.Ask("BEGIN").ok() || !client_.Ask(Insert(id, true)).ok())
      return;
    if (Random(2) == 0) Cut(client_.Connect());
  }

  void LeaveCopy(dsql::postgres::Connection* connection, int id) {
    station().Do("leaves a COPY");
    PGconn* const raw = connection->raw();
    const ResultPtr begun(
        PQexec(raw, absl::StrCat("COPY ", table_, " FROM STDIN").c_str()),
        PQclear);
    if (PQresultStatus(begun.get()) != PGRES_COPY_IN) return;
    const std::string data = absl::StrCat(id, "\t1\tt\n", id, "\t");
    PQputCopyData(raw, data.data(), static_cast<int>(data.size()));
    PQflush(raw);
    Cut(connection);
  }

  void LeaveCommit(dsql::postgres::Connection* connection, int id) {
    if (!client_.Ask("BEGIN").ok() || !client_.Ask(Insert(id, false)).ok())
      return;
    PQsendQuery(connection->raw(), "COMMIT");
    if (Random(2) == 0) PauseRandomly(absl::Milliseconds(3));
    Cut(connection);
  }

  SqlClient client_;
  const std::string table_;
  int made_ = 0;
};

}  // namespace

std::unique_ptr<Actor> MakeSlowReader(const Part& part) {
  return std::make_unique<SlowReader>(part);
}

std::unique_ptr<Actor> MakeLeaver(const Part& part) {
  return std::make_unique<Leaver>(part);
}

}  // namespace dsql_testing
