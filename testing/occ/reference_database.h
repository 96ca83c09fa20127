// SPDX-License-Identifier: Apache-2.0

// First-committer-wins snapshot isolation, in memory: what a database like
// Aurora DSQL must answer to every statement and every COMMIT.
//
// Two tables: kv(k primary key, u unique, v) and child(id primary key,
// p references kv). A transaction sees its snapshot and its own writes; no
// statement waits, and COMMIT fails where another transaction committed, since
// the snapshot, something that what this one wrote or locked collides with. One
// thing does not collide: a key that others inserted and deleted again since,
// so that it is neither in the snapshot nor there now.

#ifndef TESTING_OCC_REFERENCE_DATABASE_H_
#define TESTING_OCC_REFERENCE_DATABASE_H_

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace dsql_testing {

// A statement over one key, or over all keys of the range [first, last].
struct Operation {
  enum Kind {
    kBegin,
    kCommit,
    kRollback,
    kSelect,          // k
    kSelectRange,     // first..last
    kSelectChildren,  // first..last
    kForUpdate,       // k
    kForKeyShare,     // k
    kInsert,          // k, u, v
    kInsertIgnore,    // k, u, v; ON CONFLICT DO NOTHING
    kUpsert,          // k, u, v; ON CONFLICT (k) DO UPDATE SET v
    kUpdate,          // k, v
    kUpdateUnique,    // k, u
    kUpdateRange,     // first..last, v is added
    kDelete,          // k
    kInsertChild,     // id = k, p = u
    kDeleteChild,     // id = k
  };
  Kind kind = kSelect;
  int k = 0;
  int u = 0;
  int v = 0;
  int first = 0;
  int last = 0;
};

// What a client is told: a SQLSTATE, or a command tag and rows in some order
// (sorted, values joined by commas).
struct Outcome {
  std::string sqlstate;
  std::string tag;
  std::vector<std::string> rows;

  bool operator==(const Outcome& other) const {
    return sqlstate == other.sqlstate && tag == other.tag && rows == other.rows;
  }
};

// Not thread-safe. Outside of BEGIN…COMMIT each operation is a transaction.
class ReferenceDatabase {
 public:
  Outcome Execute(int session, const Operation& operation);

  // Takes back what `session` last committed, or the transaction it has open:
  // the system under test aborted it although it need not have.
  void Undo(int session);

 private:
  struct Row {
    int u;
    int v;
  };
  struct State {
    std::map<int, Row> rows;
    std::map<int, int> children;
  };
  // What collides: a row, a key (that of a row, or a value of the unique
  // column). An exclusive access collides with every other, shared ones with
  // exclusive ones only.
  using Resource = std::pair<char, int>;
  struct Access {
    std::set<Resource> exclusive;
    std::set<Resource> shared;
  };
  struct Transaction {
    bool is_explicit = false;
    bool has_snapshot = false;
    bool aborted = false;
    uint64_t began = 0;
    State snapshot;
    State view;
    // Rows updated or locked, keys locked, and rows and children that were
    // written anew under a key that was deleted before.
    Access access;
    std::set<int> replaced;
    std::set<int> replaced_children;
  };

  Outcome Statement(Transaction* transaction, const Operation& operation);
  Outcome Read(Transaction* transaction, const Operation& operation);
  Outcome Insert(Transaction* transaction, const Operation& operation);
  Outcome Update(Transaction* transaction, const Operation& operation);
  Outcome Delete(Transaction* transaction, const Operation& operation);
  Outcome Child(Transaction* transaction, const Operation& operation);
  Outcome Commit(Transaction* transaction);

  static Access NetAccess(const Transaction& transaction);
  static bool Exists(const State& state, const Resource& resource);
  bool Collides(const Transaction& transaction, const Access& access) const;

  State committed_;
  uint64_t sequence_ = 0;
  std::map<Resource, uint64_t> last_exclusive_;
  std::map<Resource, uint64_t> last_shared_;
  std::map<int, Transaction> open_;

  // For Undo.
  struct Saved {
    State committed;
    std::map<Resource, uint64_t> last_exclusive;
    std::map<Resource, uint64_t> last_shared;
  };
  Saved before_commit_;
};

}  // namespace dsql_testing

#endif  // TESTING_OCC_REFERENCE_DATABASE_H_
