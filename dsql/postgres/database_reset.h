// SPDX-License-Identifier: Apache-2.0

// Makes the database of a used server as good as new, or says that it cannot.

#ifndef DSQL_POSTGRES_DATABASE_RESET_H_
#define DSQL_POSTGRES_DATABASE_RESET_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "dsql/postgres/connection.h"
#include "dsql/postgres/server.h"

namespace dsql::postgres {

// Dropping the database and copying a template takes 12 ms, this 4 ms: what the
// client made is dropped, and then it is *proved* that nothing is left.
//
// The proof. All that a client can leave in a server is in rows of system
// catalogs, or needs them (a table's rows need the table). The template is
// frozen, so a catalog is as it was exactly if it has as many rows as there and
// none of them was written by a later transaction: an insert or update shows in
// xmin, a delete in the count. Where no transaction id was used at all, not
// even that has to be looked at: whatever writes a row takes one (CREATE,
// GRANT, nextval, PREPARE TRANSACTION, large objects, comments). What needs
// none is looked at in itself: prepared transactions, replication slots, ALTER
// SYSTEM (postgresql.auto.conf). Session state (settings, temporary tables,
// advisory locks, LISTEN) goes with the sessions, which are ended first.
//
// Only the catalogs that the server's statistics call changed are counted,
// unless the client is a superuser, who could switch the statistics off, or the
// server is older than 15, whose statistics can be lost.
//
// The first reset opens a connection that later ones use again: a new backend
// takes 2 ms to start, and longer to warm its caches. A server that was never
// reset does without its memory (3 MB).
//
// What is not undone because it is not data: transaction ids and OIDs go on,
// and so do the statistics of the system catalogs.
class DatabaseReset {
 public:
  // Takes the present state of `server` as pristine. `server` must outlive
  // this.
  DatabaseReset(const PostgresServer* server, bool user_is_superuser);
  virtual ~DatabaseReset() = default;

  // Ends all sessions, with 57P01.
  //
  // Errors: FailedPrecondition where one does not end in time.
  absl::Status EndSessions();

  // Writes to the files what is committed.
  absl::Status Checkpoint();

  // Ends all sessions and makes the database pristine.
  //
  // Errors: FailedPrecondition where something is left, saying what; then the
  //   server must be discarded. Any other error means that too.
  absl::Status Run();

 protected:
  // What is not seen by transaction ids or the catalogs; each step after the
  // one before, with no other session on the server.
  //
  // Whether nothing was done that takes no transaction id.
  virtual absl::StatusOr<bool> IsUntouched() { return true; }
  // Drops what the client made.
  virtual absl::Status Clean();
  // The catalogs are as they were. Makes rows so.
  virtual absl::Status RestoreRows() { return absl::OkStatus(); }
  // All is as it was.
  virtual absl::Status Settle() { return absl::OkStatus(); }

  const PostgresServer& server() const { return *server_; }
  // Requires: connected, as in the steps above.
  Connection& connection() { return *connection_; }
  bool trust_statistics() const { return trust_statistics_; }

  // What the catalogs are compared with.
  Baseline baseline_;
  uint64_t next_xid_;

 private:
  struct Catalog {
    uint32_t oid = 0;
    std::string name;
    // Rows that were ever written or deleted.
    int64_t changes = 0;
  };

  absl::Status Connect();
  // Returns the transaction id that comes next.
  absl::StatusOr<uint64_t> CheckOutsideCatalogs();
  absl::StatusOr<std::vector<Catalog>> ChangedCatalogs();
  absl::Status Verify(const std::vector<Catalog>& catalogs);
  absl::Status VerifyCatalog(const Result& result, int row,
                             const std::string& name);
  std::string AutoConfState() const;

  const PostgresServer* const server_;
  const bool trust_statistics_;
  absl::optional<Connection> connection_;
  std::map<uint32_t, int64_t> changes_;
  std::string auto_conf_state_;
};

}  // namespace dsql::postgres

#endif  // DSQL_POSTGRES_DATABASE_RESET_H_
