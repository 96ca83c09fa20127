// SPDX-License-Identifier: Apache-2.0

// A client that sends just the messages that it is told to.

#ifndef TESTING_CLIENTS_RAW_CLIENT_H_
#define TESTING_CLIENTS_RAW_CLIENT_H_

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "dsql/pgwire/framing.h"
#include "dsql/pgwire/startup.h"
#include "dsql/postgres/unique_fd.h"
#include "testing/clients/wire_request.h"
#include "testing/clients/wire_trace.h"

namespace dsql_testing {

// No call waits for longer than kPatience. What hung once is not waited for
// again. Thread-compatible.
class RawClient {
 public:
  static constexpr absl::Duration kPatience = absl::Seconds(10);

  // Connects without logging in; valid() says whether it did. `host` may be the
  // directory of a unix socket.
  RawClient(const std::string& host, const std::string& port);

  bool valid() const { return socket_.valid(); }
  // Returns whether all was taken.
  bool Send(absl::string_view bytes);
  bool Send(const Request& request) { return Send(request.bytes()); }
  // Sends a startup message and returns the answer's types, through
  // ReadyForQuery or an error.
  std::string LogIn(
      const std::string& user, const std::string& database,
      const std::vector<std::pair<std::string, std::string>>& others = {});
  // Of the login, for a cancel request.
  const dsql::pgwire::BackendKey& key() const { return key_; }

  // Reads messages through the `count`-th of type `last`. Returns the trace.
  // Instead of what did not come it ends with "<closed>" or "<hung: no Z>".
  std::string Read(char last, int count = 1,
                   TraceDetail detail = TraceDetail::kCompact);
  // Through the answers to `count` Queries or Syncs.
  std::string ReadReady(int count = 1) { return Read('Z', count); }
  // Sends, and reads as many ReadyForQuery as are due.
  std::string Ask(const Request& request,
                  TraceDetail detail = TraceDetail::kCompact) {
    Send(request);
    return Read('Z', request.readies(), detail);
  }
  std::string Query(const std::string& sql) {
    return Ask(Request().Query(sql));
  }
  // The next bytes, "" where the other side closed.
  std::string ReadBytes(size_t count);

  // Reads messages until one of type `last` or the end. Returns the types; of
  // an ErrorResponse also the SQLSTATE in parentheses.
  std::string ReadUntil(char last);
  // Whatever comes until the other side closes; as ReadUntil().
  std::string ReadToEnd() { return ReadUntil('\0'); }
  // The value of a setting that was told last; "" where none was.
  std::string Told(const std::string& setting) const;
  // The first values of DataRows that were read since the last call.
  std::vector<std::string> TakeValues();
  // The other side reads the end, and may still answer.
  void ShutDownWriting();
  void Close() { socket_.Close(); }

 private:
  // Valid until the next call. Nothing where none came.
  absl::optional<dsql::pgwire::Message> Next();
  bool Fill();
  // Remembers the setting that a ParameterStatus tells.
  void NoteSetting(const dsql::pgwire::Message& message);

  dsql::postgres::UniqueFd socket_;
  std::string inbox_;
  // How much of inbox_ was read.
  size_t read_ = 0;
  bool hung_ = false;
  std::vector<std::string> values_;
  std::map<std::string, std::string> settings_;
  dsql::pgwire::BackendKey key_;
};

}  // namespace dsql_testing

#endif  // TESTING_CLIENTS_RAW_CLIENT_H_
