// SPDX-License-Identifier: Apache-2.0

// A FakeDsql with its clusters, as actors use it.

#ifndef TESTING_CHAOS_WORLD_H_
#define TESTING_CHAOS_WORLD_H_

#include <sys/types.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "dsql/cluster.h"
#include "dsql/fake_dsql.h"
#include "dsql/storage/storage.h"
#include "dsql/streams/change_record_sink.h"

namespace dsql_testing {

struct WorldOptions {
  // With a data_dir: servers may be killed, and what is acknowledged is there
  // when it is opened once more. TLS, tokens, as AWS has them. Without, all is
  // gone with it and connections are in clear, so that rude clients get to
  // where messages are read.
  bool lasting = true;
  // Of its own: all that it makes is in there. It has to be there.
  std::string directory;
  // Not owned; may be null.
  dsql::ChangeRecordSink* sink = nullptr;
  dsql::Storage* storage = nullptr;
};

// Thread-safe.
class World {
 public:
  static absl::StatusOr<std::unique_ptr<World>> Open(
      const WorldOptions& options);

  dsql::FakeDsql& fake() { return *fake_; }
  bool lasting() const { return options_.lasting; }
  const std::string& directory() const { return options_.directory; }

  // The cluster of that name, which is made the first time; with a
  // customer-managed key where its name says that it is sealed.
  absl::StatusOr<dsql::Cluster> cluster(const std::string& name);
  static bool IsSealed(const std::string& name) { return name == "sealed"; }

  // The processes of its servers, and those among them that serve clients: not
  // those without which a server would not go on.
  std::vector<pid_t> ServerProcesses() const;
  std::vector<pid_t> Backends() const;
  // Whether `pid` is a process of its servers still.
  bool IsServerProcess(pid_t pid) const;

  // Nothing goes wrong from now on.
  void ClearFaults();

  absl::Status Close();

 private:
  explicit World(WorldOptions options) : options_(std::move(options)) {}

  const WorldOptions options_;
  std::unique_ptr<dsql::FakeDsql> fake_;
  absl::Mutex mutex_;
  std::map<std::string, dsql::Cluster> clusters_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace dsql_testing

#endif  // TESTING_CHAOS_WORLD_H_
