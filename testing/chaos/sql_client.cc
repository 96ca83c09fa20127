// SPDX-License-Identifier: Apache-2.0

#include "testing/chaos/sql_client.h"

#include <set>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "dsql/base/sql_error.h"

namespace dsql_testing {
namespace {

using ::dsql::postgres::Connection;
using ::dsql::postgres::Param;
using ::dsql::postgres::Result;

constexpr int kInsistence = 5;

bool IsError(const absl::Status& status) {
  const auto detail = dsql::GetSqlErrorDetail(status);
  return detail.has_value() && detail->severity() == "ERROR";
}

}  // namespace

constexpr absl::Duration SqlClient::kPatience;

bool IsToBeExpected(const absl::Status& status) {
  static const auto* const expected =
      new std::set<std::string>{"40001", "57P01", "57P02", "57P03"};
  if (status.ok()) return true;
  const auto detail = dsql::GetSqlErrorDetail(status);
  // A server that is killed while it starts "ended at once", as Start() says.
  if (!detail.has_value()) {
    return absl::IsUnavailable(status) ||
           (absl::IsInternal(status) &&
            absl::StrContains(status.message(), "ended at once"));
  }
  return expected->count(detail->sqlstate()) > 0 ||
         absl::StartsWith(detail->sqlstate(), "08");
}

Connection* SqlClient::Connect() {
  if (connection_.has_value()) return &*connection_;
  part_.station->Do(absl::StrCat("connects to ", part_.cluster));
  const auto cluster = part_.world->cluster(part_.cluster);
  absl::StatusOr<Connection> opened =
      cluster.ok() ? cluster->Connect() : cluster.status();
  part_.station->Rest();
  if (!opened.ok()) {
    const auto detail = dsql::GetSqlErrorDetail(opened.status());
    part_.journal->Count(
        absl::StrCat("connections refused with ",
                     detail.has_value() ? detail->sqlstate() : "nothing"));
    if (!IsToBeExpected(opened.status()))
      part_.journal->Violate(
          part_.name, absl::StrCat("connecting: ", opened.status().ToString()));
    // Not at once again: it may be starting.
    part_.over->WaitForNotificationWithTimeout(absl::Milliseconds(20));
    return nullptr;
  }
  part_.journal->Count("connections");
  opened->set_statement_timeout(kPatience);
  connection_.emplace(*std::move(opened));
  return &*connection_;
}

Outcome SqlClient::Hear(const absl::Status& status, absl::string_view what) {
  part_.station->Rest();
  if (status.ok()) return Outcome::kDone;
  const bool broke =
      !connection_.has_value() || PQstatus(connection_->raw()) != CONNECTION_OK;
  if (broke) {
    part_.journal->Count("broken connections");
    Leave();
  }
  const auto detail = dsql::GetSqlErrorDetail(status);
  if (!broke && !detail.has_value()) {
    part_.journal->Violate(
        part_.name, absl::StrCat("a connection that is there cannot be used: ",
                                 status.ToString()));
    Leave();
  }
  part_.journal->Count(absl::StrCat(
      "told ", detail.has_value() ? detail->sqlstate() : "nothing"));
  if (!IsToBeExpected(status)) {
    part_.journal->Violate(
        part_.name, absl::StrCat(what.substr(0, 200), ": ", status.ToString()));
  }
  return IsError(status) ? Outcome::kNotDone : Outcome::kUnknown;
}

absl::StatusOr<Result> SqlClient::Ask(absl::string_view sql,
                                      absl::Span<const Param> params) {
  Connection* const connection = Connect();
  if (connection == nullptr) return absl::UnavailableError("not connected");
  part_.station->Do(sql);
  absl::StatusOr<Result> result = params.empty()
                                      ? connection->Execute(sql)
                                      : connection->Query(sql, params);
  Hear(result.status(), sql);
  part_.journal->Count("statements");
  return result;
}

Outcome SqlClient::Write(absl::string_view sql,
                         absl::Span<const Param> params) {
  Connection* const connection = Connect();
  if (connection == nullptr) return Outcome::kNotDone;
  part_.station->Do(sql);
  const Outcome outcome = Hear(connection->Query(sql, params).status(), sql);
  if (outcome == Outcome::kDone) part_.journal->Count("commits");
  return outcome;
}

Outcome SqlClient::Copy(absl::string_view sql, absl::string_view data) {
  Connection* const connection = Connect();
  if (connection == nullptr) return Outcome::kNotDone;
  part_.station->Do(sql);
  const Outcome outcome = Hear(connection->CopyFrom(sql, data).status(), sql);
  if (outcome == Outcome::kDone) part_.journal->Count("commits");
  return outcome;
}

Outcome SqlClient::Commit(const std::vector<std::string>& statements) {
  if (Connect() == nullptr) return Outcome::kNotDone;
  std::vector<std::string> all = {"BEGIN"};
  all.insert(all.end(), statements.begin(), statements.end());
  for (const std::string& statement : all) {
    part_.station->Do(statement);
    if (Hear(connection_->Execute(statement).status(), statement) ==
        Outcome::kDone)
      continue;
    // Without its COMMIT it is not done, whoever is in doubt.
    if (connected()) Ask("ROLLBACK").status().IgnoreError();
    return Outcome::kNotDone;
  }
  part_.station->Do("COMMIT");
  const auto committed = connection_->Execute("COMMIT");
  const Outcome outcome = Hear(committed.status(), "COMMIT");
  if (outcome != Outcome::kDone) return outcome;
  part_.journal->Count("commits");
  if (committed->command_tag() != "COMMIT") {
    part_.journal->Violate(part_.name, absl::StrCat("COMMIT was answered with ",
                                                    committed->command_tag()));
  }
  return outcome;
}

absl::Status SqlClient::Insist(const std::string& sql) {
  absl::Status status;
  for (int i = 0; i < kInsistence; ++i) {
    status = Ask(sql).status();
    if (status.ok()) return status;
  }
  return status;
}

}  // namespace dsql_testing
