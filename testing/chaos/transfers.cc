// SPDX-License-Identifier: Apache-2.0

#include <map>
#include <string>

#include "absl/strings/str_cat.h"
#include "dsql/base/status_macros.h"
#include "testing/chaos/sql_actors.h"
#include "testing/chaos/sql_client.h"

namespace dsql_testing {
namespace {

constexpr int kAccounts = 20;
constexpr char kTransfers[] = "transfers";

absl::Status MakeTables(SqlClient* client) {
  DSQL_RETURN_IF_ERROR(client->Insist(
      "CREATE TABLE IF NOT EXISTS account (k int PRIMARY KEY, v bigint)"));
  DSQL_RETURN_IF_ERROR(
      client->Insist("CREATE TABLE IF NOT EXISTS transfers"
                     " (id text PRIMARY KEY, a int, b int)"));
  return client->Insist(
      absl::StrCat("INSERT INTO account SELECT k, 0 FROM generate_series(1, ",
                   kAccounts, ") k ON CONFLICT DO NOTHING"));
}

class Transferrer : public Actor {
 public:
  explicit Transferrer(const Part& part)
      : Actor(part), client_(&this->part()), transfers_(ledger(kTransfers)) {}

  absl::Status Prepare() override { return MakeTables(&client_); }

  void Step() override {
    const std::string id =
        absl::StrCat(part().round, "-", part().number, "-", ++made_);
    const int a = Random(kAccounts) + 1;
    const int b = (a + Random(kAccounts - 1)) % kAccounts + 1;
    const Outcome outcome = client_.Commit(
        {absl::StrCat("UPDATE account SET v = v - 1 WHERE k = ", a),
         absl::StrCat("INSERT INTO transfers VALUES ('", id, "', ", a, ", ", b,
                      ")"),
         absl::StrCat("UPDATE account SET v = v + 1 WHERE k = ", b)});
    transfers_->Settle(id, 1, outcome);
    if (outcome == Outcome::kDone) Count("transfers");
    // One of the rows that everybody writes is free now and then.
    PauseRandomly(absl::Milliseconds(20));
  }

  // One for all: they know the same.
  absl::Status Judge() override {
    if (part().number != 0) return absl::OkStatus();
    DSQL_ASSIGN_OR_RETURN(const auto ids,
                          client_.Ask("SELECT id FROM transfers"));
    std::map<std::string, int64_t> found;
    for (int row = 0; row < ids.row_count(); ++row) {
      DSQL_ASSIGN_OR_RETURN(const auto id, ids.Get<std::string>(row, 0));
      found[id] = 1;
    }
    for (const std::string& wrong : transfers_->Compare(found)) Violate(wrong);
    part().journal->Count("rows compared", static_cast<int64_t>(found.size()));
    DSQL_ASSIGN_OR_RETURN(
        const auto torn,
        client_.Ask("SELECT k FROM account WHERE v <>"
                    " (SELECT count(*) FROM transfers WHERE b = k)"
                    " - (SELECT count(*) FROM transfers WHERE a = k)"));
    if (!torn.empty()) {
      Violate(absl::StrCat(torn.row_count(),
                           " accounts are not what their transfers say"));
    }
    return absl::OkStatus();
  }

 private:
  SqlClient client_;
  Ledger* const transfers_;
  int made_ = 0;
};

class Auditor : public Actor {
 public:
  explicit Auditor(const Part& part) : Actor(part), client_(&this->part()) {}

  absl::Status Prepare() override { return MakeTables(&client_); }

  void Step() override {
    const auto sum =
        client_.Ask("SELECT sum(v)::bigint, count(*) FROM account");
    if (sum.ok() && (sum->Get<int64_t>(0, 0).value_or(-1) != 0 ||
                     sum->Get<int64_t>(0, 1).value_or(-1) != kAccounts)) {
      Violate(absl::StrCat("the accounts sum up to ",
                           sum->Get<std::string>(0, 0).value_or("NULL"), " of ",
                           sum->Get<std::string>(0, 1).value_or("NULL"),
                           " accounts"));
    }
    Count("audits");
    PauseRandomly(absl::Milliseconds(50));
  }

 private:
  SqlClient client_;
};

}  // namespace

std::unique_ptr<Actor> MakeTransferrer(const Part& part) {
  return std::make_unique<Transferrer>(part);
}

std::unique_ptr<Actor> MakeAuditor(const Part& part) {
  return std::make_unique<Auditor>(part);
}

}  // namespace dsql_testing
