#include "testing/occ/history.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/substitute.h"

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
      Add(session,
          {Below(6) == 0 ? Operation::kRollback : Operation::kCommit});
    } else {
      Add(session, RandomOperation());
    }
  }

  Operation RandomOperation() {
    static constexpr Operation::Kind kKinds[] = {
        Operation::kSelect,       Operation::kSelectRange,
        Operation::kForUpdate,    Operation::kInsert,
        Operation::kInsert,       Operation::kInsertIgnore,
        Operation::kUpsert,       Operation::kUpdate,
        Operation::kUpdate,       Operation::kUpdate,
        Operation::kUpdateRange,  Operation::kDelete,
        Operation::kDelete,       Operation::kUpdateUnique,
        Operation::kInsertChild,  Operation::kInsertChild,
        Operation::kDeleteChild,  Operation::kSelectChildren,
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

std::string ToSql(const Operation& operation) {
  const int k = operation.k, u = operation.u, v = operation.v;
  const std::string range =
      absl::StrCat("BETWEEN ", operation.first, " AND ", operation.last);
  const char insert[] = "INSERT INTO kv (k, u, v) VALUES ($0, $1, $2)";
  switch (operation.kind) {
    case Operation::kBegin:
      return "BEGIN";
    case Operation::kCommit:
      return "COMMIT";
    case Operation::kRollback:
      return "ROLLBACK";
    case Operation::kSelect:
      return absl::Substitute("SELECT k, u, v FROM kv WHERE k = $0", k);
    case Operation::kSelectRange:
      return absl::StrCat("SELECT k, u, v FROM kv WHERE k ", range);
    case Operation::kSelectChildren:
      return absl::StrCat("SELECT id, p FROM child WHERE id ", range);
    case Operation::kForUpdate:
      return absl::Substitute("SELECT k, u, v FROM kv WHERE k = $0 FOR UPDATE",
                              k);
    case Operation::kForKeyShare:
      return absl::Substitute(
          "SELECT k, u, v FROM kv WHERE k = $0 FOR KEY SHARE", k);
    case Operation::kInsert:
      return absl::Substitute(insert, k, u, v);
    case Operation::kInsertIgnore:
      return absl::StrCat(absl::Substitute(insert, k, u, v),
                          " ON CONFLICT DO NOTHING");
    case Operation::kUpsert:
      return absl::StrCat(absl::Substitute(insert, k, u, v),
                          " ON CONFLICT (k) DO UPDATE SET v = excluded.v");
    case Operation::kUpdate:
      return absl::Substitute("UPDATE kv SET v = $1 WHERE k = $0", k, v);
    case Operation::kUpdateUnique:
      return absl::Substitute("UPDATE kv SET u = $1 WHERE k = $0", k, u);
    case Operation::kUpdateRange:
      return absl::StrCat("UPDATE kv SET v = v + ", v, " WHERE k ", range);
    case Operation::kDelete:
      return absl::Substitute("DELETE FROM kv WHERE k = $0", k);
    case Operation::kInsertChild:
      return absl::Substitute("INSERT INTO child (id, p) VALUES ($0, $1)", k,
                              u);
    case Operation::kDeleteChild:
      return absl::Substitute("DELETE FROM child WHERE id = $0", k);
  }
  return "";
}

std::vector<std::string> HistorySchema() {
  return {
      "CREATE TABLE kv (k int PRIMARY KEY, u int UNIQUE, v int)",
      "CREATE TABLE child (id int PRIMARY KEY, p int REFERENCES kv (k))",
  };
}

}  // namespace dsql_testing
