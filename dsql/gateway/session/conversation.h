// SPDX-License-Identifier: Apache-2.0

// What a session and its server say to each other.

#ifndef DSQL_GATEWAY_SESSION_CONVERSATION_H_
#define DSQL_GATEWAY_SESSION_CONVERSATION_H_

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "boost/asio/any_io_executor.hpp"
#include "boost/asio/awaitable.hpp"
#include "boost/asio/steady_timer.hpp"
#include "dsql/gateway/link/server_link.h"
#include "dsql/gateway/session/answer_relay.h"
#include "dsql/gateway/session/answer_sink.h"
#include "dsql/gateway/session/answer_translator.h"
#include "dsql/gateway/session/server_state.h"

namespace dsql {

// The only one that writes to and reads from the session's server, and so the
// owner of what is known of it.
//
// Used on the gateway's thread alone. Coroutines throw what ServerLink throws.
class Conversation {
 public:
  // Values of rows as text, "" for NULL.
  using Rows = std::vector<std::vector<std::string>>;

  explicit Conversation(boost::asio::any_io_executor executor);

  // The link is open, and its client was told what the server reported but for
  // `fixed`, which stays as it is.
  void StartWith(const std::map<std::string, std::string>& fixed);

  ServerLink& link() { return link_; }
  ServerState& state() { return state_; }
  const ServerState& state() const { return state_; }

  bool is_cancelling() const { return cancels_ > 0; }
  // Returns when no cancel is under way.
  boost::asio::awaitable<void> AwaitNoCancel();

  // Sends whole messages, whose texts are UTF-8; waits before that until no
  // cancel is under way, so that none hits them that was meant for what came
  // before.
  boost::asio::awaitable<void> Send(absl::string_view messages);

  // Reads what the server answers to what was sent, into `sink`, until the
  // answer is complete or the server waits for COPY data.
  boost::asio::awaitable<void> Read(AnswerTranslator* translator,
                                    AnswerSink* sink, AnswerTap* tap = nullptr);

  // What the client's cancel does to what the gateway runs by itself: nothing
  // where it is over in a moment, as the client's statement is not under way.
  enum class Cancels { kMissIt, kHitIt };

  // Runs commands of the gateway, each a statement without parameters, and
  // returns the rows of all. Both are UTF-8.
  //
  // REQUIRES: a block is open, or nothing is `unsynced()`: a Sync ends them.
  // Errors: a SqlError() as the server told it.
  boost::asio::awaitable<absl::StatusOr<Rows>> Run(
      std::vector<std::string> commands, Cancels cancels = Cancels::kMissIt);

  // Sends messages that a Sync ends and returns the whole answer.
  boost::asio::awaitable<std::string> Repeat(
      std::string request, Cancels cancels = Cancels::kMissIt);

  // Ends an implicit transaction, or an error.
  boost::asio::awaitable<void> Sync();

  // Repeat() or Run() is under way.
  bool repeating() const { return repeating_ > 0; }

  // The error that the server said before it ended, or its warning that another
  // one has crashed; empty where it said none.
  std::string TakeFarewell();

  // The client's request: asks the server to cancel what it executes, unless
  // that is something that cancels miss. What is sent meanwhile waits. Throws
  // nothing.
  boost::asio::awaitable<void> CancelForClient();
  // The same, where the server was sent nothing of the step.
  void NoteCancel() { client_cancels_ = true; }
  // A step of the client begins.
  void BeginStep() { client_cancels_ = false; }
  // Whether the client wants what was executed since then to be cancelled.
  bool client_cancels() const { return client_cancels_; }

  // While one lives, somebody asks the server to cancel what it executes.
  class CancelUnderWay {
   public:
    explicit CancelUnderWay(Conversation* conversation);
    ~CancelUnderWay();
    CancelUnderWay(const CancelUnderWay&) = delete;
    CancelUnderWay& operator=(const CancelUnderWay&) = delete;

   private:
    Conversation* const conversation_;
  };

 private:
  boost::asio::awaitable<std::string> ReadUntilReady();

  ServerLink link_;
  ServerState state_;
  bool client_cancels_ = false;
  int repeating_ = 0;
  // What cancels miss among it.
  int missed_ = 0;
  int cancels_ = 0;
  // Who has to wait for these.
  int waiting_ = 0;
  // Cancelled when there are none.
  boost::asio::steady_timer no_cancels_;
};

}  // namespace dsql

#endif  // DSQL_GATEWAY_SESSION_CONVERSATION_H_
