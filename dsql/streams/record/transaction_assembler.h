// SPDX-License-Identifier: Apache-2.0

// From the lines of a server to the transactions that it committed.

#ifndef DSQL_STREAMS_RECORD_TRANSACTION_ASSEMBLER_H_
#define DSQL_STREAMS_RECORD_TRANSACTION_ASSEMBLER_H_

#include <cstdint>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "dsql/streams/decode/decoded_line.h"
#include "dsql/streams/record/net_changes.h"
#include "dsql/streams/record/table_description.h"

namespace dsql::streams {

struct CommittedTransaction {
  // 26 characters, the same whenever the transaction is read.
  std::string tx_id;
  // Nanoseconds since the epoch; later than those of any transaction that was
  // committed before.
  int64_t ts_ns = 0;
  std::vector<RowChange> changes;
};

// The messages by which a server says what test_decoding does not: the
// description of a table that was made or altered just now, and that rows are
// written from here on, or no longer, only to be locked ("1", "0").
constexpr char kTableMessage[] = "dsql.table";
constexpr char kTouchMessage[] = "dsql.touch";
// All that was committed before is decoded; its content is the asker's.
constexpr char kFlushMessage[] = "dsql.flush";

// TransactionAssembler takes the lines of one server in their order.
//
// Thread-safety: one thread at a time.
class TransactionAssembler {
 public:
  // `database` is part of what transactions are named by.
  explicit TransactionAssembler(std::string database)
      : database_(std::move(database)) {}

  // A table that was there before the first line.
  void Describe(TableDescription description);

  // Returns the transaction that `line` is the end of; nullopt where it is no
  // such end, or where nothing of the transaction is for clients.
  //
  // Errors: those of ParseDecodedLine(). Descriptions that are none are those
  //   of clients, which may write messages, too, and are ignored.
  absl::StatusOr<absl::optional<CommittedTransaction>> Add(
      absl::string_view line);

  // The content of the last kFlushMessage.
  const std::string& last_flush() const { return last_flush_; }

 private:
  void AddChange(DecodedChange change);
  void AddMessage(const DecodedMessage& message);
  absl::optional<CommittedTransaction> Commit(const DecodedCommit& commit);

  const std::string database_;
  std::unordered_map<std::string, TableDescription> tables_;
  NetChanges changes_;
  bool touching_ = false;
  std::string last_flush_;
  int64_t last_ts_ns_ = 0;
};

}  // namespace dsql::streams

#endif  // DSQL_STREAMS_RECORD_TRANSACTION_ASSEMBLER_H_
