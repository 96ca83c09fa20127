// SPDX-License-Identifier: Apache-2.0

// Change streams: what was acknowledged is delivered, and nothing else.

#ifndef TESTING_CHAOS_STREAM_ACTORS_H_
#define TESTING_CHAOS_STREAM_ACTORS_H_

#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "dsql/streams/change_record_sink.h"
#include "testing/chaos/actor.h"

namespace dsql_testing {

// Consumer gets the records of all streams, in all rounds, and fails now and
// then while it is told to. Thread-safe.
class Consumer : public dsql::ChangeRecordSink {
 public:
  explicit Consumer(unsigned seed) : random_(seed) {}

  absl::Status Deliver(absl::string_view stream_arn,
                       const dsql::ChangeRecord& record) override;

  void set_failing(bool failing);
  // The ids of the rows of `streamed` that streams of a cluster have delivered.
  std::map<std::string, int64_t> Delivered(const std::string& cluster) const;

 private:
  mutable absl::Mutex mutex_;
  std::mt19937 random_ ABSL_GUARDED_BY(mutex_);
  bool failing_ ABSL_GUARDED_BY(mutex_) = false;
  // By the identifier of the cluster.
  std::map<std::string, std::set<std::string>> ids_ ABSL_GUARDED_BY(mutex_);
};

// Writes rows to `streamed`. One of them, for all, has the stream made and
// looks at the end what `consumer` has got.
std::unique_ptr<Actor> MakeStreamWriter(const Part& part, Consumer* consumer);

// Makes and deletes other streams of the cluster, holds and releases the
// stream.
std::unique_ptr<Actor> MakeStreamKeeper(const Part& part);

}  // namespace dsql_testing

#endif  // TESTING_CHAOS_STREAM_ACTORS_H_
