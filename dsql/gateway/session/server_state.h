// SPDX-License-Identifier: Apache-2.0

// What a session's server said of itself.

#ifndef DSQL_GATEWAY_SESSION_SERVER_STATE_H_
#define DSQL_GATEWAY_SESSION_SERVER_STATE_H_

#include <map>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "dsql/gateway/session/prepared_statements.h"
#include "dsql/gateway/session/step.h"
#include "dsql/pgwire/backend.h"
#include "dsql/sql/text_encoding.h"

namespace dsql {

// The one place that knows whether a transaction is open, what is prepared and
// which settings were reported; only the server's messages change it. No I/O.
class ServerState {
 public:
  // By the last ReadyForQuery.
  char status() const { return status_; }
  bool in_block() const { return status_ != pgwire::TransactionStatus::kIdle; }
  // After an error of the extended protocol: the server ignores what comes, up
  // to a Sync.
  bool skipping() const { return skipping_; }
  // Something was executed outside of a block that the next Sync will commit.
  bool unsynced() const { return unsynced_; }

  const PreparedStatements& prepared() const { return prepared_; }
  // What the server takes texts for. While some of a transaction is undone it
  // may be another than the client's.
  const sql::TextEncoding& server_reads() const { return server_reads_; }
  // What the client writes, which knows what it was told last.
  const sql::TextEncoding& client_writes() const { return client_writes_; }

  // The messages, as they come. `extended`: an error that skipping follows.
  void Ready(char status);
  void Failed(bool extended);
  void Done(const Action& action, absl::string_view message);
  void Executed(absl::string_view tag);
  void Reported(absl::string_view name, absl::string_view value);

  // A Query is sent.
  void QuerySent() { prepared_.ForgetUnnamed(); }

  // The client knows this value of the server's, at login.
  void Told(absl::string_view name, absl::string_view value);
  // The client is always told the same of `name`, whatever the server reports.
  void Fix(absl::string_view name) { fixed_[std::string(name)] = true; }
  // ParameterStatus of all that is not as the client was told last.
  void AppendChangedParameters(std::string* out);

 private:
  char status_ = pgwire::TransactionStatus::kIdle;
  bool skipping_ = false;
  bool unsynced_ = false;
  PreparedStatements prepared_;
  sql::TextEncoding server_reads_;
  sql::TextEncoding client_writes_;
  std::map<std::string, std::string> reported_;
  std::map<std::string, std::string> told_;
  std::map<std::string, bool> fixed_;
  // Names, in the order in which they were reported.
  std::vector<std::string> changed_;
};

}  // namespace dsql

#endif  // DSQL_GATEWAY_SESSION_SERVER_STATE_H_
