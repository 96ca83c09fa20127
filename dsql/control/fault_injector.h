// Faults of the service, scripted by a test: errors, and latency, for
// operations of its choice.

#ifndef DSQL_CONTROL_FAULT_INJECTOR_H_
#define DSQL_CONTROL_FAULT_INJECTOR_H_

#include <atomic>
#include <list>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace dsql {

// What happens to calls of one operation.
struct Fault {
  static constexpr int kAlways = -1;

  // The operation's name, "CreateCluster".
  std::string operation;
  // What it answers instead of doing anything; OK lets the call go on, after
  // `latency`.
  absl::Status error;
  // How many calls are hit, or kAlways.
  int times = 1;
  // How many calls go by before the first one is hit.
  int skip = 0;
  // How long a call that is hit takes, by the injected clock: a SimulatedClock
  // moves on and nothing waits.
  absl::Duration latency;
};

// Faults of one operation are used up one after the other, in the order in
// which they were added. Thread-safe.
class FaultInjector {
 public:
  // Errors: InvalidArgument where there is no such operation, where the service
  //   model does not let it answer with `fault.error`, or for a negative skip,
  //   latency or times; an error must carry an AWS exception
  //   (dsql/aws/errors.h).
  absl::Status Add(Fault fault);

  // Shorthand: the next `times` calls of `operation` answer `error`.
  absl::Status FailNext(absl::string_view operation, absl::Status error,
                        int times = 1);

  // Forgets every fault.
  void Clear();

  // For the control plane: what hits this call of `operation`; an OK error and
  // no latency where nothing does.
  struct Hit {
    absl::Status error;
    absl::Duration latency;
  };
  Hit Next(absl::string_view operation);

 private:
  absl::Mutex mutex_;
  // Whether faults_ is not empty: nearly always it is, and every call asks.
  std::atomic<bool> any_{false};
  std::list<Fault> faults_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace dsql

#endif  // DSQL_CONTROL_FAULT_INJECTOR_H_
