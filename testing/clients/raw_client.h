// A client that sends just the messages that it is told to.

#ifndef TESTING_CLIENTS_RAW_CLIENT_H_
#define TESTING_CLIENTS_RAW_CLIENT_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "dsql/postgres/unique_fd.h"

namespace dsql_testing {

// Blocks, for half a minute at most. Thread-compatible.
class RawClient {
 public:
  // Connects without logging in; valid() says whether it did.
  RawClient(const std::string& host, const std::string& port);

  bool valid() const { return socket_.valid(); }
  void Send(absl::string_view bytes);
  // Sends a startup message and returns the answer's types, through
  // ReadyForQuery or an error.
  std::string LogIn(const std::string& user, const std::string& database);

  // Reads messages until one of type `last` or the end. Returns the types; of
  // an ErrorResponse also the SQLSTATE in parentheses.
  std::string ReadUntil(char last);
  // Whatever comes until the other side closes; as ReadUntil().
  std::string ReadToEnd() { return ReadUntil('\0'); }
  // The values of DataRows that were read since the last call.
  std::vector<std::string> TakeValues();
  void Close() { socket_.Close(); }

 private:
  bool Fill();

  dsql::postgres::UniqueFd socket_;
  std::string inbox_;
  std::vector<std::string> values_;
};

}  // namespace dsql_testing

#endif  // TESTING_CLIENTS_RAW_CLIENT_H_
