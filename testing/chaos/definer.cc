// SPDX-License-Identifier: Apache-2.0

#include <map>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "dsql/base/status_macros.h"
#include "testing/chaos/sql_actors.h"
#include "testing/chaos/sql_client.h"

namespace dsql_testing {
namespace {

constexpr size_t kMostTables = 10;

class Definer : public Actor {
 public:
  explicit Definer(const Part& part)
      : Actor(part),
        client_(&this->part()),
        prefix_(absl::StrCat("made_", part.number, "_")),
        tables_(ledger(part.name)) {}

  void Step() override {
    if (mine_.size() < kMostTables && Random(2) == 0) {
      Create();
    } else if (!mine_.empty()) {
      Drop();
    }
    // Others learn of each table that is made by a conflict.
    PauseRandomly(absl::Milliseconds(400));
  }

  absl::Status Judge() override {
    DSQL_ASSIGN_OR_RETURN(
        const auto names,
        client_.Ask(absl::StrCat("SELECT relname FROM pg_class WHERE relkind ="
                                 " 'r' AND relname LIKE '",
                                 prefix_, "%'")));
    std::map<std::string, int64_t> found;
    std::vector<std::string> all;
    for (int row = 0; row < names.row_count(); ++row) {
      DSQL_ASSIGN_OR_RETURN(const auto name, names.Get<std::string>(row, 0));
      found[name] = 1;
      all.push_back(name);
    }
    for (const std::string& wrong : tables_->Compare(found)) Violate(wrong);
    // Each can be used.
    for (const std::string& name : all) {
      DSQL_RETURN_IF_ERROR(
          client_.Insist(absl::StrCat("SELECT count(*) FROM ", name)));
      tables_->Settle(name, absl::nullopt,
                      client_.Write(absl::StrCat("DROP TABLE ", name)));
    }
    return absl::OkStatus();
  }

 private:
  void Create() {
    const std::string name = absl::StrCat(prefix_, part().round, "_", ++made_);
    const Outcome outcome = client_.Write(absl::StrCat(
        "CREATE TABLE ", name, " (k int PRIMARY KEY, v int, t text)"));
    tables_->Settle(name, 1, outcome);
    if (outcome != Outcome::kDone) return;
    Count("tables made");
    mine_.push_back(name);
    if (client_.Write(absl::StrCat("INSERT INTO ", name,
                                   " SELECT k, k FROM generate_series(1, 50)"
                                   " k")) != Outcome::kDone)
      return;
    if (Random(2) == 0) {
      client_
          .Ask(absl::StrCat("CREATE ", Random(2) == 0 ? "UNIQUE " : "",
                            "INDEX ASYNC ON ", name, " (v)"))
          .status()
          .IgnoreError();
    }
  }

  void Drop() {
    const size_t which = static_cast<size_t>(Random(mine_.size()));
    const std::string name = mine_[which];
    const Outcome outcome = client_.Write(absl::StrCat("DROP TABLE ", name));
    tables_->Settle(name, absl::nullopt, outcome);
    if (outcome != Outcome::kNotDone) mine_.erase(mine_.begin() + which);
  }

  SqlClient client_;
  const std::string prefix_;
  Ledger* const tables_;
  // Those that surely are there.
  std::vector<std::string> mine_;
  int made_ = 0;
};

class Canceller : public Actor {
 public:
  explicit Canceller(const Part& part) : Actor(part), client_(&this->part()) {}

  absl::Status Prepare() override {
    return client_.Insist(
        "CREATE TABLE IF NOT EXISTS cancelled (k int PRIMARY KEY, v int)");
  }

  void Step() override {
    auto* const connection = client_.Connect();
    if (connection == nullptr) return;
    const std::string sql =
        Random(2) == 0
            ? "SELECT pg_sleep(60)"
            : "INSERT INTO cancelled SELECT k, (SELECT 1 FROM pg_sleep(60))"
              " FROM generate_series(1, 2) k";
    station().Do(absl::StrCat("cancels ", sql));
    connection->set_statement_timeout(absl::Milliseconds(Random(50)));
    const absl::Status status = connection->Execute(sql).status();
    connection->set_statement_timeout(SqlClient::kPatience);
    if (status.ok()) Violate("a statement that takes a minute has ended");
    station().Rest();
    // Told by its own clock, which is what it asked for.
    if (!absl::IsDeadlineExceeded(status)) client_.Hear(status, sql);
    Count("cancelled statements");
    if (client_.connected()) client_.Ask("SELECT 1").status().IgnoreError();
    PauseRandomly(absl::Milliseconds(100));
  }

  absl::Status Judge() override {
    DSQL_ASSIGN_OR_RETURN(const auto count,
                          client_.Ask("SELECT count(*) FROM cancelled"));
    if (count.Scalar<int64_t>().value_or(-1) != 0)
      Violate("a statement that was cancelled has written");
    return absl::OkStatus();
  }

 private:
  SqlClient client_;
};

}  // namespace

std::unique_ptr<Actor> MakeDefiner(const Part& part) {
  return std::make_unique<Definer>(part);
}

std::unique_ptr<Actor> MakeCanceller(const Part& part) {
  return std::make_unique<Canceller>(part);
}

}  // namespace dsql_testing
