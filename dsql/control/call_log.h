// SPDX-License-Identifier: Apache-2.0

// Which operations were called, for tests to assert on.
//
//   EXPECT_EQ(fake->calls().Count("CreateCluster"), 1) << fake->calls();
//   for (const v1::TagResourceInput& input :
//        fake->calls().Requests<v1::TagResourceInput>()) {
//     EXPECT_EQ(input.tags().at("team"), "blue");
//   }

#ifndef DSQL_CONTROL_CALL_LOG_H_
#define DSQL_CONTROL_CALL_LOG_H_

#include <cstddef>
#include <deque>
#include <iosfwd>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "dsql/base/fast_mutex.h"
#include "dsql/control/caller.h"
#include "google/protobuf/message.h"

namespace dsql {

// One call of an operation, by C++ or over HTTP, or a request that the HTTP
// endpoint refused before any operation was called.
struct Call {
  // The operation's name, "CreateCluster". Empty for a refused request that
  // names none.
  std::string operation;
  std::string region;
  // As it came, before validation; e.g. a v1::CreateClusterInput. Null for a
  // refused request.
  std::shared_ptr<const google::protobuf::Message> request;
  // What was answered, e.g. a v1::CreateClusterOutput. Null unless `status` is
  // OK.
  std::shared_ptr<const google::protobuf::Message> answer;
  // What the caller saw: also the error of a Fault::When::kAfter.
  absl::Status status;
  // When the answer was ready, by the injected clock.
  absl::Time time;
  Caller caller;
  // "POST /cluster", of a refused request, without secrets; else empty.
  std::string http_request;
  // The status of the answer; 0 for C++.
  int http_status = 0;

  // The request as a message of this type; null where it is of another, or
  // there is none.
  template <typename Input>
  const Input* RequestAs() const {
    return dynamic_cast<const Input*>(request.get());
  }
  // The same for the answer.
  template <typename Output>
  const Output* AnswerAs() const {
    return dynamic_cast<const Output*>(answer.get());
  }
};

// One line, which GoogleTest prints too: "CreateCluster {tags {...}} in
// us-east-1 over HTTP by arn:aws:iam::000000000000:user/ci -> OK
// {identifier: ...}".
std::ostream& operator<<(std::ostream& out, const Call& call);

// Keeps the latest calls, the oldest first. Thread-safe.
class CallLog {
 public:
  // Calls that are kept; older ones are forgotten, so that a long run does not
  // grow without end.
  static constexpr size_t kCapacity = 10000;

  void Add(Call call);

  // Everything, refused requests included.
  std::vector<Call> All() const;

  // The calls of one operation, without requests that were refused before it
  // was called.
  std::vector<Call> Of(absl::string_view operation) const;

  // How often an operation was called; counts what Of() returns.
  size_t Count(absl::string_view operation) const;

  // The requests that the HTTP endpoint refused: a wrong signature, an unknown
  // operation, a body that cannot be parsed, malformed HTTP.
  std::vector<Call> Refused() const;

  // The requests of the operation whose input is an `Input`, e.g.
  // v1::CreateClusterInput.
  template <typename Input>
  std::vector<Input> Requests() const {
    std::vector<Input> requests;
    for (const Call& call : All()) {
      const Input* request = call.RequestAs<Input>();
      if (request != nullptr) requests.push_back(*request);
    }
    return requests;
  }

  // The answers of the operation whose output is an `Output`, those to calls
  // that failed left out.
  template <typename Output>
  std::vector<Output> Answers() const {
    std::vector<Output> answers;
    for (const Call& call : All()) {
      const Output* answer = call.AnswerAs<Output>();
      if (answer != nullptr) answers.push_back(*answer);
    }
    return answers;
  }

  void Clear();

 private:
  template <typename Predicate>
  std::vector<Call> Select(Predicate predicate) const;

  mutable FastMutex mutex_;
  std::deque<Call> calls_ ABSL_GUARDED_BY(mutex_);
};

// The calls, one a line.
std::ostream& operator<<(std::ostream& out, const CallLog& calls);

}  // namespace dsql

#endif  // DSQL_CONTROL_CALL_LOG_H_
