// SPDX-License-Identifier: Apache-2.0

#include "testing/occ/history.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/string_view.h"

namespace dsql_testing {
namespace {

class Generator {
 public:
  Generator(const HistoryOptions& options, int base, std::mt19937* random)
      : options_(options),
        base_(base),
        random_(*random),
        open_(options.sessions) {}

  std::vector<Step> Run() {
    for (int key = 0; key < options_.keys; ++key)
      if (Below(4) != 0) Add(0, {Operation::kInsert, base_ + key, U(key), 10});
    for (int step = 0; step < options_.steps; ++step) AddRandomStep();
    for (int session = 0; session < options_.sessions; ++session)
      if (open_[session]) Add(session, {Operation::kCommit});
    Add(0, Ranged(Operation::kSelectRange, 0));
    Add(0, Ranged(Operation::kSelectChildren, 0));
    return history_;
  }

 private:
  int Below(int bound) {
    return static_cast<int>(random_() % static_cast<unsigned>(bound));
  }
  int U(int value) const { return 2 * base_ + value; }

  Operation Ranged(Operation::Kind kind, int v) const {
    return {kind, 0, 0, v, base_, base_ + options_.keys - 1};
  }

  void Add(int session, const Operation& operation) {
    history_.push_back({session, operation});
  }

  void AddRandomStep() {
    const int session = Below(options_.sessions);
    if (!open_[session] && Below(5) != 0) {
      open_[session] = true;
      Add(session, {Operation::kBegin});
    } else if (open_[session] && Below(5) == 0) {
      open_[session] = false;
      Add(session, {Below(6) == 0 ? Operation::kRollback : Operation::kCommit});
    } else {
      Add(session, RandomOperation());
    }
  }

  Operation RandomOperation() {
    static constexpr Operation::Kind kKinds[] = {
        Operation::kSelect,      Operation::kSelectRange,
        Operation::kForUpdate,   Operation::kInsert,
        Operation::kInsert,      Operation::kInsertIgnore,
        Operation::kUpsert,      Operation::kUpdate,
        Operation::kUpdate,      Operation::kUpdate,
        Operation::kUpdateRange, Operation::kDelete,
        Operation::kDelete,      Operation::kUpdateUnique,
        Operation::kInsertChild, Operation::kInsertChild,
        Operation::kDeleteChild, Operation::kSelectChildren,
        Operation::kForKeyShare};
    const int count = options_.children ? 19 : 13;
    Operation::Kind kind = kKinds[Below(count)];
    if (kind == Operation::kUpdateUnique && !options_.unique)
      kind = Operation::kUpdate;
    const int key = Below(options_.keys);
    switch (kind) {
      case Operation::kSelectRange:
      case Operation::kSelectChildren:
      case Operation::kUpdateRange:
        return Ranged(kind, 1 + Below(9));
      case Operation::kInsertChild:
      case Operation::kDeleteChild:
        return {kind, base_ + key, base_ + Below(options_.keys)};
      default:
        break;
    }
    const int u = options_.unique ? Below(2 * options_.keys) : key;
    return {kind, base_ + key, U(u), 100 + Below(900)};
  }

  const HistoryOptions& options_;
  const int base_;
  std::mt19937& random_;
  std::vector<bool> open_;
  std::vector<Step> history_;
};

}  // namespace

std::vector<Step> RandomHistory(const HistoryOptions& options, int base,
                                std::mt19937* random) {
  return Generator(options, base, random).Run();
}

ParameterizedSql ToParameterizedSql(const Operation& operation) {
  const auto with = [](const char* text, std::vector<int> numbers) {
    ParameterizedSql sql{text, {}};
    for (int number : numbers) sql.values.push_back(absl::StrCat(number));
    return sql;
  };
  const int k = operation.k, u = operation.u, v = operation.v;
  const int first = operation.first, last = operation.last;
  switch (operation.kind) {
    case Operation::kBegin:
      return with("BEGIN", {});
    case Operation::kCommit:
      return with("COMMIT", {});
    case Operation::kRollback:
      return with("ROLLBACK", {});
    case Operation::kSelect:
      return with("SELECT k, u, v FROM kv WHERE k = $1", {k});
    case Operation::kSelectRange:
      return with("SELECT k, u, v FROM kv WHERE k BETWEEN $1 AND $2",
                  {first, last});
    case Operation::kSelectChildren:
      return with("SELECT id, p FROM child WHERE id BETWEEN $1 AND $2",
                  {first, last});
    case Operation::kForUpdate:
      return with("SELECT k, u, v FROM kv WHERE k = $1 FOR UPDATE", {k});
    case Operation::kForKeyShare:
      return with("SELECT k, u, v FROM kv WHERE k = $1 FOR KEY SHARE", {k});
    case Operation::kInsert:
      return with("INSERT INTO kv (k, u, v) VALUES ($1, $2, $3)", {k, u, v});
    case Operation::kInsertIgnore:
      return with(
          "INSERT INTO kv (k, u, v) VALUES ($1, $2, $3) "
          "ON CONFLICT DO NOTHING",
          {k, u, v});
    case Operation::kUpsert:
      return with(
          "INSERT INTO kv (k, u, v) VALUES ($1, $2, $3) "
          "ON CONFLICT (k) DO UPDATE SET v = excluded.v",
          {k, u, v});
    case Operation::kUpdate:
      return with("UPDATE kv SET v = $2 WHERE k = $1", {k, v});
    case Operation::kUpdateUnique:
      return with("UPDATE kv SET u = $2 WHERE k = $1", {k, u});
    case Operation::kUpdateRange:
      return with("UPDATE kv SET v = v + $3 WHERE k BETWEEN $1 AND $2",
                  {first, last, v});
    case Operation::kDelete:
      return with("DELETE FROM kv WHERE k = $1", {k});
    case Operation::kInsertChild:
      return with("INSERT INTO child (id, p) VALUES ($1, $2)", {k, u});
    case Operation::kDeleteChild:
      return with("DELETE FROM child WHERE id = $1", {k});
  }
  return {};
}

std::string ToSql(const Operation& operation) {
  const ParameterizedSql sql = ToParameterizedSql(operation);
  std::string text = sql.text;
  for (size_t i = 0; i < sql.values.size(); ++i)
    text = absl::StrReplaceAll(
        text, {{absl::StrCat("$", i + 1), absl::string_view(sql.values[i])}});
  return text;
}

std::vector<std::string> HistorySchema() {
  return {
      "CREATE TABLE kv (k int PRIMARY KEY, u int UNIQUE, v int)",
      "CREATE TABLE child (id int PRIMARY KEY, p int REFERENCES kv (k))",
  };
}

}  // namespace dsql_testing
