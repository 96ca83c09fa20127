// Which operations were called, for tests to assert on.

#ifndef DSQL_CONTROL_CALL_LOG_H_
#define DSQL_CONTROL_CALL_LOG_H_

#include <cstddef>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "dsql/base/fast_mutex.h"
#include "google/protobuf/message.h"

namespace dsql {

// One call of an operation, by C++ or over HTTP.
struct Call {
  // The operation's name, "CreateCluster".
  std::string operation;
  std::string region;
  // As it came, before validation; e.g. a v1::CreateClusterInput. Not null.
  std::shared_ptr<const google::protobuf::Message> request;
  // What was answered.
  absl::Status status;
  // When the answer was ready, by the injected clock.
  absl::Time time;
};

// Keeps the latest calls, the oldest first. Thread-safe.
class CallLog {
 public:
  // Calls that are kept; older ones are forgotten, so that a long run does not
  // grow without end.
  static constexpr size_t kCapacity = 10000;

  void Add(Call call);

  std::vector<Call> All() const;

  // The calls of one operation.
  std::vector<Call> Of(absl::string_view operation) const;

  // How often an operation was called.
  size_t Count(absl::string_view operation) const;

  void Clear();

 private:
  mutable FastMutex mutex_;
  std::deque<Call> calls_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace dsql

#endif  // DSQL_CONTROL_CALL_LOG_H_
