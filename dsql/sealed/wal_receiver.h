// SPDX-License-Identifier: Apache-2.0

// Receives what a server writes to its log, as its synchronous standby.

#ifndef DSQL_SEALED_WAL_RECEIVER_H_
#define DSQL_SEALED_WAL_RECEIVER_H_

#include <cstdint>
#include <functional>
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

namespace dsql::sealed {

// WalReceiver has a connection of physical replication, and a thread that reads
// from it, hands on what it got, and confirms that. COMMIT waits for it where
// the server has kStandbyName in synchronous_standby_names.
//
// Once it has ended nothing is confirmed: who waits goes on waiting, until the
// server is ended by whom `ended` tells.
//
// Thread-safe.
class WalReceiver {
 public:
  static constexpr char kStandbyName[] = "dsql_sealed_log";

  struct Options {
    // As the superuser.
    postgres::ConnectionParameters server;
    // Where the log is received from, which the server has still.
    uint64_t start = 0;
    uint32_t timeline = 0;
    // Keeps what begins at `start` for good: it is confirmed then. This and
    // `ended` are called by the receiver's thread.
    std::function<absl::Status(uint64_t start, absl::string_view bytes)> keep;
    // It has ended by itself, and why: an error of `keep`, or the connection's.
    std::function<void(const absl::Status& why)> ended;
  };

  // Starts at once; connects by the thread.
  explicit WalReceiver(Options options);
  // Ends the thread. Must not be called by it.
  ~WalReceiver();
  WalReceiver(const WalReceiver&) = delete;
  WalReceiver& operator=(const WalReceiver&) = delete;

  // Waits until it receives, or has ended.
  //
  // Errors: DeadlineExceeded; why it has ended.
  absl::Status AwaitReady(absl::Time deadline) const;

  // OK while it receives, or will; else why not.
  absl::Status status() const;

 private:
  void Run();
  absl::Status Receive();
  absl::Status Start(postgres::Connection* connection);
  absl::Status Read(postgres::Connection* connection);
  absl::Status Handle(absl::string_view bytes);
  // Hands on what was gathered, and confirms it.
  absl::Status Keep(postgres::Connection* connection);
  absl::Status Confirm(postgres::Connection* connection);
  // Waits until there is something to read, to write if `and_write`, or to
  // stop.
  void Wait(const postgres::Connection& connection,
            bool and_write = false) const;
  bool stopping() const;

  const Options options_;
  // All of the receiver's thread: what was received and not yet kept, where
  // that begins, and whether the server wants to be answered.
  std::string gathered_;
  uint64_t kept_;
  bool reply_requested_ = false;
  // Readable once it is to stop.
  postgres::UniqueFd stop_event_;
  mutable absl::Mutex mutex_;
  bool ready_ ABSL_GUARDED_BY(mutex_) = false;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  absl::optional<absl::Status> end_ ABSL_GUARDED_BY(mutex_);
  std::thread thread_;
};

}  // namespace dsql::sealed

#endif  // DSQL_SEALED_WAL_RECEIVER_H_
