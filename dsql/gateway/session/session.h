// One client's connection, from accept to the end.

#ifndef DSQL_GATEWAY_SESSION_SESSION_H_
#define DSQL_GATEWAY_SESSION_SESSION_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "boost/asio/awaitable.hpp"
#include "boost/asio/steady_timer.hpp"
#include "dsql/gateway/link/client_stream.h"
#include "dsql/gateway/link/server_link.h"
#include "dsql/gateway/session/answer_translator.h"
#include "dsql/gateway/session/endpoint_state.h"
#include "dsql/gateway/session/prepared_statements.h"
#include "dsql/gateway/session/step.h"
#include "dsql/gateway/session/step_builder.h"
#include "dsql/occ/transaction.h"
#include "dsql/pgwire/backend.h"
#include "dsql/pgwire/framing.h"
#include "dsql/pgwire/startup.h"

namespace dsql {

// Sequential, as a PostgreSQL backend is: reads messages up to a Query, Sync or
// Flush, hands them to the server as a step, relays the answer, reads on.
//
// Used on the gateway's thread alone.
class Session : public std::enable_shared_from_this<Session> {
 public:
  Session(std::shared_ptr<EndpointState> endpoint, ClientStream::Socket client);

  // Runs until either side ends. Throws nothing.
  boost::asio::awaitable<void> Run();

  // Ends it; safe at any time.
  void Close();
  // Called every now and then: ends it where the server works for nobody any
  // more.
  void CloseIfClientLeft();

 private:
  boost::asio::awaitable<void> Serve();
  // False where the connection was only a CancelRequest.
  boost::asio::awaitable<bool> Open();
  boost::asio::awaitable<void> Tell(const absl::Status& status);

  // False after Terminate.
  boost::asio::awaitable<bool> HandleMessage();
  boost::asio::awaitable<void> HandleQuery(const pgwire::Message& message);
  boost::asio::awaitable<void> HandleExtended(const pgwire::Message& message);
  // Hands on what of the extended protocol has been gathered.
  boost::asio::awaitable<void> FinishBatch();
  boost::asio::awaitable<void> RunBatch();

  // Runs a step and relays its answer.
  boost::asio::awaitable<void> RunStep(const Step& step);
  // The same where transactions are optimistic.
  boost::asio::awaitable<void> RunInTransaction(const Step& step);
  // Writes the answer to `step`, captured part by part, to the client.
  boost::asio::awaitable<void> RunParts(const std::vector<Step>& parts);
  boost::asio::awaitable<void> Stream(const Step& step);
  void OpenTransaction();
  boost::asio::awaitable<void> RelayAnswer(AnswerTranslator* answer);
  boost::asio::awaitable<void> RelayCopyIn();
  // The next messages of the client's COPY data; false after the last.
  boost::asio::awaitable<bool> ReadCopyIn(std::string* data);
  void EndStep(char status, bool failed);
  // What a test wants to go wrong with the step, before and after it.
  ConnectionFaults::Verdict FaultsOf(const Step& step) const;
  boost::asio::awaitable<void> Suffer(ConnectionFaults::Verdict verdict);
  boost::asio::awaitable<void> RunJobs();
  // If `step` committed what submitted some.
  boost::asio::awaitable<void> RunSubmittedJobs(const Step& step);

  absl::Status CheckLife() const;
  // True in a transaction block, failed or not.
  bool in_transaction() const {
    return status_ != pgwire::TransactionStatus::kIdle;
  }

  const std::shared_ptr<EndpointState> endpoint_;
  // Counted by the endpoint's quota.
  bool admitted_ = false;
  // The client does not see the answer of the present step.
  bool muted_ = false;
  ClientStream client_;
  ServerLink server_;
  // Of the server's link, when CloseIfClientLeft() was called last.
  uint64_t written_before_ = 0;
  boost::asio::steady_timer login_timer_;
  PreparedStatements prepared_;
  StepBuilder builder_;
  // Null where transactions are PostgreSQL's.
  std::unique_ptr<Transaction> transaction_;
  pgwire::BackendKey key_;
  absl::Time opened_;
  // Messages of the extended protocol that wait for a Sync or Flush.
  Step batch_;
  // After an error in the extended protocol: messages up to Sync are ignored.
  bool skip_to_sync_ = false;
  // The open transaction has submitted jobs, which run when it is committed.
  bool jobs_submitted_ = false;
  char status_ = pgwire::TransactionStatus::kIdle;
};

}  // namespace dsql

#endif  // DSQL_GATEWAY_SESSION_SESSION_H_
