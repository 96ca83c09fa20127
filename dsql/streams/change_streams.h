// SPDX-License-Identifier: Apache-2.0

// All change streams of a FakeDsql, and who reads for them.

#ifndef DSQL_STREAMS_CHANGE_STREAMS_H_
#define DSQL_STREAMS_CHANGE_STREAMS_H_

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "dsql/base/clock.h"
#include "dsql/control/control_plane.h"
#include "dsql/postgres/connection_parameters.h"
#include "dsql/streams/change_reader.h"
#include "dsql/streams/delivery_options.h"
#include "dsql/streams/kinesis/kinesis.h"
#include "dsql/streams/stream_delivery.h"
#include "dsql/v1/dsql.pb.h"

namespace dsql::streams {

// ChangeStreams has a ChangeReader for each database that has a server and a
// stream, and a StreamDelivery for each stream. What streams there are, and in
// which status, is the control plane's to say.
//
// Thread-safe. Takes no lock of the data plane's.
class ChangeStreams {
 public:
  struct Options {
    // None is owned.
    ControlPlane* control = nullptr;
    kinesis::Kinesis* kinesis = nullptr;
    Clock* clock = nullptr;
    std::string account_id;
    DeliveryOptions delivery;
    // Whether servers have dsql/server_schema; without it nothing is read.
    bool readable = true;
    // Whether what is not delivered outlives the server, which then must.
    bool durable = false;
    // Whether other processes change what streams there are, and their
    // statuses.
    bool shared = false;
  };

  explicit ChangeStreams(Options options) : options_(std::move(options)) {}

  // A database has a server from now on, until what is returned is destroyed.
  // Must be called before clients get to it.
  std::shared_ptr<void> Attach(const std::string& database_id,
                               const postgres::ConnectionParameters& server);

  // Streams of a cluster were created or deleted, or their status has changed.
  // Waits a moment until changes are read.
  //
  // Errors: those of Storage; then what was known still holds.
  absl::Status Refresh(absl::string_view region,
                       absl::string_view cluster_identifier);

  // The same, unless it was called for this cluster before.
  void Learn(absl::string_view region, absl::string_view cluster_identifier);

  // The deliveries of a stream.
  //
  // Errors: ResourceNotFoundException.
  absl::StatusOr<std::shared_ptr<StreamDelivery>> Find(
      absl::string_view region, absl::string_view cluster_identifier,
      absl::string_view stream_identifier);

  // Returns when all streams of a cluster have delivered all that was committed
  // before.
  //
  // Errors: those of ChangeReader::Flush() and StreamDelivery::Flush().
  absl::Status Flush(absl::string_view region,
                     absl::string_view cluster_identifier, absl::Time deadline);

 private:
  using ClusterName = std::pair<std::string, std::string>;

  struct Stream {
    ClusterName cluster;
    std::string database_id;
    std::shared_ptr<StreamDelivery> delivery;
    // Gets what is committed.
    bool live = false;
  };
  struct Database {
    absl::optional<postgres::ConnectionParameters> server;
    // Told apart from one before.
    uint64_t attachment = 0;
    std::shared_ptr<ChangeReader> reader;
  };

  void Detach(const std::string& database_id, uint64_t attachment);
  // Whether all that was read of a database is delivered.
  bool IsDelivered(const std::string& database_id);
  // Starts or stops the reader of a database, which is returned; null where
  // there is none.
  std::shared_ptr<ChangeReader> UpdateReader(const std::string& database_id)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(refresh_mutex_);
  // Takes over what the control plane says. Returns the database's id, which is
  // empty where the cluster is not there.
  absl::StatusOr<std::string> TakeOver(const ClusterName& cluster)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(refresh_mutex_);
  std::shared_ptr<ChangeReader> NewReader(
      const std::string& database_id,
      const postgres::ConnectionParameters& server);
  std::shared_ptr<StreamDelivery> NewDelivery(
      const ClusterName& cluster, const v1::GetStreamOutput& stream);
  std::vector<std::shared_ptr<StreamDelivery>> LiveOf(
      const std::string& database_id);
  // The stream as it is now; DELETED where it is not there.
  //
  // Errors: those of Storage.
  absl::StatusOr<v1::GetStreamOutput> StreamNow(
      const ClusterName& cluster, const std::string& stream_identifier) const;

  const Options options_;
  // Whether no time will change the status of an ACTIVE stream of the cluster.
  bool StaysActive(const ClusterName& cluster) const;

  // Counts what may have changed the status of any stream, but for time.
  std::atomic<uint64_t> changes_{1};
  // From reading the control plane until readers are started and stopped by it,
  // so that nobody acts by what was. Readers' threads do not take it, because
  // they are waited for with it.
  absl::Mutex refresh_mutex_ ABSL_ACQUIRED_BEFORE(mutex_);
  absl::Mutex mutex_;
  // By database id.
  std::map<std::string, Database> databases_ ABSL_GUARDED_BY(mutex_);
  // By the stream's ARN.
  std::map<std::string, Stream> streams_ ABSL_GUARDED_BY(mutex_);
  std::map<ClusterName, std::string> known_ ABSL_GUARDED_BY(mutex_);
  uint64_t attachments_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace dsql::streams

#endif  // DSQL_STREAMS_CHANGE_STREAMS_H_
