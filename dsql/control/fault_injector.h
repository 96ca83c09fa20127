// SPDX-License-Identifier: Apache-2.0

// Faults of the service, scripted by a test: errors, and latency, for
// operations of its choice.

#ifndef DSQL_CONTROL_FAULT_INJECTOR_H_
#define DSQL_CONTROL_FAULT_INJECTOR_H_

#include <atomic>
#include <cstdint>
#include <list>
#include <random>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "google/protobuf/message.h"

namespace dsql {

// What happens to calls of one operation.
//
//   // One of ten reads of this cluster is throttled, the same ones each run.
//   Fault fault;
//   fault.operation = "GetCluster";
//   fault.error = ThrottlingException("slow down");
//   fault.resource = cluster_identifier;
//   fault.probability = 0.1;
//   fault.times = Fault::kAlways;
struct Fault {
  static constexpr int kAlways = -1;

  enum class When {
    // The operation does nothing.
    kBefore,
    // The operation succeeds, with all its effects, and the caller sees the
    // error all the same, as where an answer is lost on its way: "the cluster
    // was created, but the client saw 500". A retry with the same clientToken
    // gets the first one's result. Calls that fail by themselves are not hit
    // and use up nothing.
    kAfter,
  };

  // The operation's name, "CreateCluster".
  std::string operation;
  // What is answered; OK lets the call go on, after `latency`.
  absl::Status error;
  When when = When::kBefore;
  // Only calls in this Region; empty: in any.
  std::string region;
  // Only calls that name this cluster or stream, given by identifier or ARN; a
  // cluster stands for its streams as well. Empty: any.
  std::string resource;
  // How many calls are hit, or kAlways.
  int times = 1;
  // How many calls, of those that match, go by before the first one is hit.
  int skip = 0;
  // Of each call that would be hit: the chance that it is; more than 0 and up
  // to 1. `seed` makes the choices the same in every run.
  double probability = 1.0;
  uint64_t seed = 0;
  // How long a call that is hit takes, by the injected clock: a SimulatedClock
  // moves on and nothing waits.
  absl::Duration latency;
};

// Holds faults. Those that match a call are used up one after the other, in the
// order in which they were added; one that leaves a call alone by its
// probability leaves it to the next. Thread-safe.
class FaultInjector {
 public:
  // Errors: InvalidArgument where there is no such operation, where the service
  //   model does not let it answer with `fault.error`, for a Region or resource
  //   that cannot be one, a resource where the operation names none, or a
  //   number out of its range; an error must carry an AWS exception
  //   (dsql/aws/errors.h).
  absl::Status Add(Fault fault);

  // Shorthand: the next `times` calls of `operation` answer `error` and do
  // nothing.
  absl::Status FailNext(absl::string_view operation, absl::Status error,
                        int times = 1);

  // Shorthand: the next `times` calls of `operation` that succeed answer
  // `error` all the same; see Fault::When::kAfter.
  absl::Status FailNextAfterEffect(absl::string_view operation,
                                   absl::Status error, int times = 1);

  // Forgets every fault.
  void Clear();

  // For the control plane: what hits this call of `operation`; an OK error and
  // no latency where nothing does.
  struct Hit {
    absl::Status error;
    absl::Duration latency;
  };
  Hit Next(Fault::When when, absl::string_view operation,
           absl::string_view region, const google::protobuf::Message& input);

 private:
  struct Entry {
    Fault fault;
    // The identifier in fault.resource.
    std::string identifier;
    std::mt19937_64 random;
  };

  absl::Mutex mutex_;
  // Whether faults_ is not empty: nearly always it is, and every call asks.
  std::atomic<bool> any_{false};
  std::list<Entry> faults_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace dsql

#endif  // DSQL_CONTROL_FAULT_INJECTOR_H_
