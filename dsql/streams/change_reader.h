// SPDX-License-Identifier: Apache-2.0

// Reads what a server commits, as it commits it.

#ifndef DSQL_STREAMS_CHANGE_READER_H_
#define DSQL_STREAMS_CHANGE_READER_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "dsql/postgres/connection.h"
#include "dsql/postgres/connection_parameters.h"
#include "dsql/postgres/unique_fd.h"
#include "dsql/streams/decode/replication_message.h"
#include "dsql/streams/record/transaction_assembler.h"

namespace dsql::streams {

// ChangeReader has a replication slot on a server and a thread that reads from
// it. The slot is temporary, so nothing is left on the server once this is
// gone; or it outlives this and the server, so that the next reader gets what
// this one did not deliver.
//
// What is committed from the moment on in which IsReady() becomes true is read.
// PostgreSQL makes a slot only when all transactions have ended that were
// writing when it was asked for one, so an open one keeps a reader from being
// ready.
//
// Thread-safe.
class ChangeReader {
 public:
  struct Options {
    // As the superuser, of a server with dsql/server_schema.
    postgres::ConnectionParameters server;
    // What transactions are named by; see TransactionAssembler.
    std::string database_id;
    // Gets each transaction, in the order of the commits. This and `idle` are
    // called by the reader's thread.
    std::function<void(const CommittedTransaction& transaction)> committed;
    // Called every kIdleInterval while there is nothing to read.
    std::function<void()> idle;
    // Set: the slot outlives this. What was read is acknowledged while this
    // says that all of it was delivered; what is not comes once more to the
    // next reader. Called by the reader's thread.
    std::function<bool()> delivered;
  };

  static constexpr absl::Duration kIdleInterval = absl::Milliseconds(20);

  // Starts at once; connects by the thread.
  explicit ChangeReader(Options options);
  // Ends the thread. Must not be called by it.
  ~ChangeReader();
  ChangeReader(const ChangeReader&) = delete;
  ChangeReader& operator=(const ChangeReader&) = delete;

  // Removes the slot that a reader with Options::delivered has left: nobody
  // wants what is committed from now on. Requires: no reader is on it.
  //
  // Errors: PostgreSQL's.
  static absl::Status RemoveSlot(const postgres::ConnectionParameters& server);

  // Waits until it reads, or has ended.
  //
  // Errors: DeadlineExceeded, e.g. while a transaction is open; why it has
  //   ended.
  absl::Status AwaitReady(absl::Time deadline) const;

  // Whether it reads no more, because something went wrong.
  bool ended() const;

  // Returns when `committed` has returned for all that was committed before.
  //
  // Errors: as AwaitReady().
  absl::Status Flush(absl::Time deadline);

 private:
  void Run();
  // Connects and makes the slot; returns where it is to be asked to stop.
  absl::Status Open();
  absl::Status MakeSlot(postgres::Connection* connection);
  absl::Status Describe(postgres::Connection* connection);
  absl::Status StartReplication(postgres::Connection* connection);
  // Asks once; of Unavailable the caller asks again.
  absl::Status TryStartReplication(postgres::Connection* connection);
  // Reads until it is to stop.
  absl::Status Read(postgres::Connection* connection);
  absl::Status Handle(absl::string_view bytes,
                      postgres::Connection* connection);
  // What the server need not keep.
  Lsn Done() const;
  absl::Status Acknowledge(postgres::Connection* connection);
  // Waits until there is something to read, to write if `and_write`, or to
  // stop. False where nothing came.
  bool Wait(const postgres::Connection& connection, absl::Duration timeout,
            bool and_write = false) const;
  bool stopping() const;

  const Options options_;
  TransactionAssembler assembler_;
  // All that was handled; of the reader's thread.
  Lsn handled_ = 0;
  Lsn acknowledged_ = 0;
  absl::Time acknowledged_at_;
  // Readable once it is to stop.
  postgres::UniqueFd stop_event_;
  mutable absl::Mutex mutex_;
  bool ready_ ABSL_GUARDED_BY(mutex_) = false;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  // Why it has ended.
  absl::optional<absl::Status> end_ ABSL_GUARDED_BY(mutex_);
  std::string last_flush_ ABSL_GUARDED_BY(mutex_);
  // One Flush() at a time.
  absl::Mutex flush_mutex_ ABSL_ACQUIRED_BEFORE(mutex_);
  absl::optional<postgres::Connection> asker_ ABSL_GUARDED_BY(flush_mutex_);
  std::thread thread_;
};

}  // namespace dsql::streams

#endif  // DSQL_STREAMS_CHANGE_READER_H_
