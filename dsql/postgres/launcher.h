// SPDX-License-Identifier: Apache-2.0

// What a ServerPool lends when it has nothing that is ready.

#ifndef DSQL_POSTGRES_LAUNCHER_H_
#define DSQL_POSTGRES_LAUNCHER_H_

#include <memory>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "dsql/postgres/external_template.h"
#include "dsql/postgres/pooled_database.h"
#include "dsql/postgres/server_options.h"

namespace dsql::postgres {

// Starts PostgreSQL servers, or makes databases on one that runs already.
//
// Thread-safe.
class Launcher {
 public:
  absl::StatusOr<std::unique_ptr<PooledDatabase>> operator()(
      const ServerPoolOptions& options);

  // Nothing more is launched: gives up what that would have taken.
  absl::Status Finish() ABSL_LOCKS_EXCLUDED(template_mutex_);

 private:
  absl::StatusOr<std::unique_ptr<PooledDatabase>> MakeExternal(
      const ServerPoolOptions& options) ABSL_LOCKS_EXCLUDED(template_mutex_);
  absl::StatusOr<std::shared_ptr<const ExternalTemplate>> GetTemplate(
      const ServerPoolOptions& options) ABSL_LOCKS_EXCLUDED(template_mutex_);

  // Held while the template is made, which everybody waits for.
  absl::Mutex template_mutex_;
  std::shared_ptr<ExternalTemplate> template_ ABSL_GUARDED_BY(template_mutex_);
  bool finished_ ABSL_GUARDED_BY(template_mutex_) = false;
};

}  // namespace dsql::postgres

#endif  // DSQL_POSTGRES_LAUNCHER_H_
