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

// Keys of rows that are written one by one, and of those that come and go
// together.
constexpr int kRows = 20;
constexpr int kFirstOfMany = 100;
constexpr int kMany = 50;

class Writer : public Actor {
 public:
  explicit Writer(const Part& part)
      : Actor(part),
        client_(&this->part()),
        rows_(ledger(part.name)),
        next_(int64_t{part.round + 1} * 1000000) {}

  absl::Status Prepare() override {
    return client_.Insist(
        "CREATE TABLE IF NOT EXISTS own_rows"
        " (owner int, k int, v bigint, PRIMARY KEY (owner, k))");
  }

  void Step() override {
    switch (Random(12)) {
      case 0:
        return Look().IgnoreError();
      case 1:
        return Several();
      case 2:
        return Delete(Random(kRows));
      case 3:
        return Many();
      default:
        return Write(Random(kRows));
    }
  }

  absl::Status Judge() override {
    DSQL_ASSIGN_OR_RETURN(const auto found, Read());
    for (const std::string& wrong : rows_->Compare(found)) Violate(wrong);
    part().journal->Count("rows compared", static_cast<int64_t>(found.size()));
    return absl::OkStatus();
  }

 private:
  std::string Upsert(int key, int64_t value) const {
    return absl::StrCat(
        "INSERT INTO own_rows VALUES (", part().number, ", ", key, ", ", value,
        ") ON CONFLICT (owner, k) DO UPDATE SET v = excluded.v");
  }

  void Settle(int key, Ledger::Value value, Outcome outcome) {
    rows_->Settle(absl::StrCat(key), value, outcome);
  }

  void Write(int key) {
    const int64_t value = next_++;
    Settle(key, value, client_.Write(Upsert(key, value)));
  }

  void Several() {
    const int first = Random(kRows - 2);
    const int64_t value = next_++;
    std::vector<std::string> statements;
    for (int key = first; key < first + 3; ++key)
      statements.push_back(Upsert(key, value));
    const Outcome outcome = client_.Commit(statements);
    for (int key = first; key < first + 3; ++key) Settle(key, value, outcome);
  }

  // Only what surely is there: an INSERT that is still on its way would come
  // after the DELETE that has not met it.
  void Delete(int key) {
    const auto certain = rows_->Certain(absl::StrCat(key));
    if (!certain.has_value() || !certain->has_value()) return Write(key);
    const auto deleted = client_.Ask(
        absl::StrCat("DELETE FROM own_rows WHERE owner = ", part().number,
                     " AND k = ", key));
    const Outcome outcome = deleted.ok() ? Outcome::kDone : InDoubt(deleted);
    if (deleted.ok() && deleted->affected_rows() != 1)
      Violate(absl::StrCat(key, " was ", **certain, ", and is not there"));
    Settle(key, absl::nullopt, outcome);
  }

  // Of a write that Ask() has sent: an error by the server says no, anything
  // else nothing.
  template <typename T>
  Outcome InDoubt(const T& result) {
    return client_.connected() && absl::IsAborted(result.status())
               ? Outcome::kNotDone
               : Outcome::kUnknown;
  }

  bool AllOfMany(bool there) const {
    for (int key = kFirstOfMany; key < kFirstOfMany + kMany; ++key) {
      const auto certain = rows_->Certain(absl::StrCat(key));
      if (!certain.has_value() || certain->has_value() != there) return false;
    }
    return true;
  }

  void Many() {
    const int64_t value = next_++;
    Outcome outcome;
    Ledger::Value after;
    if (AllOfMany(false)) {
      std::vector<std::string> lines;
      for (int key = kFirstOfMany; key < kFirstOfMany + kMany; ++key)
        lines.push_back(absl::StrCat(part().number, "\t", key, "\t", value));
      outcome = client_.Copy("COPY own_rows FROM STDIN",
                             absl::StrJoin(lines, "\n") + "\n");
      after = value;
    } else if (AllOfMany(true)) {
      outcome = client_.Write(
          absl::StrCat("DELETE FROM own_rows WHERE owner = ", part().number,
                       " AND k >= ", kFirstOfMany));
    } else {
      return Clear(value);
    }
    for (int key = kFirstOfMany; key < kFirstOfMany + kMany; ++key)
      Settle(key, after, outcome);
  }

  // Those in doubt are made certain.
  void Clear(int64_t value) {
    std::vector<std::string> statements;
    for (int key = kFirstOfMany; key < kFirstOfMany + kMany; ++key)
      statements.push_back(Upsert(key, value));
    const Outcome outcome = client_.Commit(statements);
    for (int key = kFirstOfMany; key < kFirstOfMany + kMany; ++key)
      Settle(key, value, outcome);
  }

  absl::StatusOr<std::map<std::string, int64_t>> Read() {
    DSQL_ASSIGN_OR_RETURN(
        const auto result,
        client_.Ask("SELECT k, v FROM own_rows WHERE owner = $1",
                    {part().number}));
    std::map<std::string, int64_t> found;
    for (int row = 0; row < result.row_count(); ++row) {
      DSQL_ASSIGN_OR_RETURN(const auto key, result.Get<std::string>(row, 0));
      DSQL_ASSIGN_OR_RETURN(found[key], result.Get<int64_t>(row, 1));
    }
    return found;
  }

  absl::Status Look() {
    DSQL_ASSIGN_OR_RETURN(const auto found, Read());
    for (int i = 0; i < kRows + kMany; ++i) {
      const std::string key =
          absl::StrCat(i < kRows ? i : kFirstOfMany + i - kRows);
      const auto there = found.find(key);
      const std::string wrong = rows_->Saw(
          key, there == found.end() ? Ledger::Value() : there->second,
          !World::IsSealed(part().cluster));
      if (!wrong.empty()) Violate(wrong);
    }
    return absl::OkStatus();
  }

  SqlClient client_;
  Ledger* const rows_;
  // Values grow, those of later rounds too.
  int64_t next_;
};

}  // namespace

std::unique_ptr<Actor> MakeWriter(const Part& part) {
  return std::make_unique<Writer>(part);
}

}  // namespace dsql_testing
