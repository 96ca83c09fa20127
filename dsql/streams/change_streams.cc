// SPDX-License-Identifier: Apache-2.0

#include "dsql/streams/change_streams.h"

#include <iterator>
#include <set>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "dsql/aws/arn.h"
#include "dsql/aws/has_shape.h"
#include "dsql/base/status_macros.h"
#include "dsql/control/service_errors.h"
#include "dsql/streams/delivery_error.h"

namespace dsql::streams {
namespace {

using Status = v1::StreamStatus;
using Code = v1::StreamFailureErrorCode;

// How long CreateStream, or who opens a server, waits for the reader. Longer it
// takes only where transactions are open that have written.
constexpr absl::Duration kReadyTimeout = absl::Seconds(2);

bool IsLive(Status::Value status) {
  return status == Status::CREATING || status == Status::ACTIVE ||
         status == Status::IMPAIRED;
}

bool LacksKey(const v1::GetStreamOutput& stream) {
  return stream.status_reason().error() == Code::CLUSTER_CMK_INACCESSIBLE;
}

StreamDelivery::Permission PermissionOf(const v1::GetStreamOutput& stream,
                                        bool impaired_here) {
  switch (stream.status()) {
    case Status::ACTIVE:
      return StreamDelivery::Permission::kDeliver;
    case Status::IMPAIRED:
      // Not where a test says so, nor without the key.
      return impaired_here && !LacksKey(stream)
                 ? StreamDelivery::Permission::kDeliver
                 : StreamDelivery::Permission::kKeep;
    default:
      return StreamDelivery::Permission::kDrop;
  }
}

// That the Storage has an error does not say so.
bool IsNotThere(const absl::Status& status) {
  return HasShape(status, v1::AwsError::ResourceNotFoundException);
}

// What a stream delivers to; no name where the ARN is of another form.
struct Target {
  std::string region;
  std::string name;
};

Target TargetOf(const v1::GetStreamOutput& stream) {
  const absl::optional<ArnParts> arn =
      ArnParts::Parse(stream.target_definition().kinesis().stream_arn());
  if (!arn.has_value()) return {};
  return {arn->region,
          std::string(absl::StripPrefix(arn->resource, "stream/"))};
}

}  // namespace

absl::StatusOr<v1::GetStreamOutput> ChangeStreams::StreamNow(
    const ClusterName& cluster, const std::string& stream_identifier) const {
  v1::GetStreamOutput gone;
  gone.set_status(Status::DELETED);
  const auto streams =
      options_.control->StreamsOf(cluster.first, cluster.second);
  if (IsNotThere(streams.status())) return gone;
  DSQL_RETURN_IF_ERROR(streams.status());
  for (const v1::GetStreamOutput& stream : *streams)
    if (stream.stream_identifier() == stream_identifier) return stream;
  return gone;
}

bool ChangeStreams::StaysActive(const ClusterName& cluster) const {
  const auto state =
      options_.control->GetClusterState(cluster.first, cluster.second);
  return state.ok() && !state->awaits_key_change;
}

std::shared_ptr<StreamDelivery> ChangeStreams::NewDelivery(
    const ClusterName& cluster, const v1::GetStreamOutput& stream) {
  const Target target = TargetOf(stream);
  if (options_.delivery.create_targets) {
    kinesis::StreamSpec spec;
    spec.name = target.name;
    spec.longest_record = 10 << 20;
    // A name that cannot be is told by the first record.
    options_.kinesis->EnsureStream(target.region, spec).IgnoreError();
  }
  const std::string& id = stream.stream_identifier();
  // It is IMPAIRED because of a record, not because a test says so.
  // One that is so from the start was by a process before.
  const auto impaired_here = std::make_shared<std::atomic<bool>>(
      stream.status() == Status::IMPAIRED && !LacksKey(stream));
  // The number of changes after which it was last seen ACTIVE, which no time
  // ends; so most deliveries need not ask.
  const auto active_at = std::make_shared<std::atomic<uint64_t>>(0);
  StreamDelivery::Options options;
  options.cluster = cluster.second;
  options.delivery = options_.delivery;
  options.clock = options_.clock;
  options.may_deliver = [this, cluster, id, impaired_here, active_at] {
    const uint64_t changes = changes_;
    if (!options_.shared && *active_at == changes)
      return StreamDelivery::Permission::kDeliver;
    const absl::StatusOr<v1::GetStreamOutput> now = StreamNow(cluster, id);
    // Nobody knows: that the Storage has an error does not say that it is gone.
    if (!now.ok()) return StreamDelivery::Permission::kKeep;
    if (now->status() == Status::ACTIVE && StaysActive(cluster))
      *active_at = changes;
    return PermissionOf(*now, *impaired_here);
  };
  options.deliver = [this, target,
                     arn = stream.arn()](const ChangeRecord& record) {
    kinesis::Kinesis::Put put;
    put.data = record.data;
    put.partition_key = record.partition_key;
    DSQL_RETURN_IF_ERROR(
        options_.kinesis->PutRecord(target.region, target.name, std::move(put))
            .status());
    return options_.delivery.sink == nullptr
               ? absl::OkStatus()
               : options_.delivery.sink->Deliver(arn, record);
  };
  options.outcome = [this, region = cluster.first, arn = stream.arn(),
                     impaired_here](const absl::Status& status) {
    Status::Value becomes = Status::ACTIVE;
    Code::Value reason = Code::UNSPECIFIED;
    if (!status.ok()) {
      reason = FailureCodeOf(status);
      becomes = reason == Code::KINESIS_STREAM_NOT_FOUND ? Status::FAILED
                                                         : Status::IMPAIRED;
    }
    *impaired_here = becomes == Status::IMPAIRED;
    ++changes_;
    // It may have been deleted meanwhile.
    options_.control->SetStreamStatus(region, arn, becomes, reason)
        .IgnoreError();
    ++changes_;
  };
  return std::make_shared<StreamDelivery>(std::move(options));
}

std::vector<std::shared_ptr<StreamDelivery>> ChangeStreams::LiveOf(
    const std::string& database_id) {
  std::vector<std::shared_ptr<StreamDelivery>> deliveries;
  absl::MutexLock lock(&mutex_);
  for (const auto& stream : streams_) {
    if (stream.second.live && stream.second.database_id == database_id)
      deliveries.push_back(stream.second.delivery);
  }
  return deliveries;
}

std::shared_ptr<ChangeReader> ChangeStreams::NewReader(
    const std::string& database_id,
    const postgres::ConnectionParameters& server) {
  ChangeReader::Options reader;
  reader.server = server;
  reader.database_id = database_id;
  reader.committed = [this, database_id](const CommittedTransaction& changes) {
    for (const auto& delivery : LiveOf(database_id)) delivery->Add(changes);
  };
  // What waits for another attempt, or for others, has nothing to wake it.
  reader.idle = [this, database_id] {
    for (const auto& delivery : LiveOf(database_id))
      if (delivery->pending() > 0) delivery->Pump(/*drain=*/false);
  };
  if (options_.durable)
    reader.delivered = [this, database_id] { return IsDelivered(database_id); };
  return std::make_shared<ChangeReader>(std::move(reader));
}

bool ChangeStreams::IsDelivered(const std::string& database_id) {
  for (const auto& delivery : LiveOf(database_id))
    if (delivery->pending() > 0) return false;
  return true;
}

std::shared_ptr<ChangeReader> ChangeStreams::UpdateReader(
    const std::string& database_id) {
  if (!options_.readable) return nullptr;
  const bool wanted = !LiveOf(database_id).empty();
  // Ended without the lock, which its thread takes.
  std::shared_ptr<ChangeReader> last;
  postgres::ConnectionParameters server;
  {
    absl::MutexLock lock(&mutex_);
    const auto found = databases_.find(database_id);
    if (found == databases_.end() || !found->second.server.has_value())
      return nullptr;
    Database& database = found->second;
    server = *database.server;
    if (wanted && database.reader != nullptr && !database.reader->ended())
      return database.reader;
    last = std::move(database.reader);
    database.reader = nullptr;
  }
  last.reset();
  if (!wanted) {
    // Else the server would keep its log for ever. Where it fails, the next
    // start on the rows tries again.
    if (options_.durable) ChangeReader::RemoveSlot(server).IgnoreError();
    return nullptr;
  }
  absl::MutexLock lock(&mutex_);
  const auto found = databases_.find(database_id);
  // Its server may have gone meanwhile.
  if (found == databases_.end() || !found->second.server.has_value())
    return nullptr;
  found->second.reader = NewReader(database_id, *found->second.server);
  return found->second.reader;
}

std::shared_ptr<void> ChangeStreams::Attach(
    const std::string& database_id,
    const postgres::ConnectionParameters& server) {
  std::shared_ptr<ChangeReader> last;
  std::shared_ptr<ChangeReader> reader;
  uint64_t attachment;
  {
    absl::MutexLock refresh(&refresh_mutex_);
    {
      absl::MutexLock lock(&mutex_);
      Database& database = databases_[database_id];
      last = std::move(database.reader);
      database.reader = nullptr;
      database.server = server;
      attachment = database.attachment = ++attachments_;
    }
    last.reset();
    reader = UpdateReader(database_id);
  }
  // Flush() says why it is not.
  if (reader != nullptr)
    reader->AwaitReady(absl::Now() + kReadyTimeout).IgnoreError();
  return std::shared_ptr<void>(nullptr, [this, database_id, attachment](void*) {
    Detach(database_id, attachment);
  });
}

void ChangeStreams::Detach(const std::string& database_id,
                           uint64_t attachment) {
  // Ended without the lock, which its thread takes.
  std::shared_ptr<ChangeReader> reader;
  absl::MutexLock lock(&mutex_);
  const auto found = databases_.find(database_id);
  if (found == databases_.end() || found->second.attachment != attachment)
    return;
  reader = std::move(found->second.reader);
  databases_.erase(found);
}

absl::Status ChangeStreams::Refresh(absl::string_view region,
                                    absl::string_view cluster_identifier) {
  std::string database_id;
  std::shared_ptr<ChangeReader> reader;
  {
    absl::MutexLock refresh(&refresh_mutex_);
    DSQL_ASSIGN_OR_RETURN(database_id,
                          TakeOver(ClusterName(region, cluster_identifier)));
    if (database_id.empty()) return absl::OkStatus();
    reader = UpdateReader(database_id);
  }
  // Flush() says why it is not.
  if (reader != nullptr)
    reader->AwaitReady(absl::Now() + kReadyTimeout).IgnoreError();
  for (const auto& delivery : LiveOf(database_id))
    delivery->Pump(/*drain=*/false);
  return absl::OkStatus();
}

absl::StatusOr<std::string> ChangeStreams::TakeOver(
    const ClusterName& cluster) {
  ++changes_;
  const auto state =
      options_.control->GetClusterState(cluster.first, cluster.second);
  auto streams = options_.control->StreamsOf(cluster.first, cluster.second);
  const bool is_there =
      !IsNotThere(state.status()) && !IsNotThere(streams.status());
  if (is_there) {
    DSQL_RETURN_IF_ERROR(state.status());
    DSQL_RETURN_IF_ERROR(streams.status());
  } else {
    streams = std::vector<v1::GetStreamOutput>();
  }
  absl::MutexLock lock(&mutex_);
  if (is_there) known_[cluster] = state->database_id;
  if (!is_there) known_.erase(cluster);
  std::set<std::string> there;
  for (const v1::GetStreamOutput& stream : *streams) {
    if (stream.status() == Status::DELETING) continue;
    there.insert(stream.arn());
    Stream& known = streams_[stream.arn()];
    known.cluster = cluster;
    known.database_id = state->database_id;
    known.live = IsLive(stream.status());
    if (known.delivery == nullptr)
      known.delivery = NewDelivery(cluster, stream);
  }
  for (auto stream = streams_.begin(); stream != streams_.end();) {
    const bool gone =
        stream->second.cluster == cluster && there.count(stream->first) == 0;
    stream = gone ? streams_.erase(stream) : std::next(stream);
  }
  return is_there ? state->database_id : std::string();
}

void ChangeStreams::Learn(absl::string_view region,
                          absl::string_view cluster_identifier) {
  {
    absl::MutexLock lock(&mutex_);
    if (known_.count(ClusterName(region, cluster_identifier)) > 0) return;
  }
  // Whoever asks for a stream is told.
  Refresh(region, cluster_identifier).IgnoreError();
}

absl::StatusOr<std::shared_ptr<StreamDelivery>> ChangeStreams::Find(
    absl::string_view region, absl::string_view cluster_identifier,
    absl::string_view stream_identifier) {
  DSQL_ASSIGN_OR_RETURN(const auto streams, options_.control->StreamsOf(
                                                region, cluster_identifier));
  DSQL_RETURN_IF_ERROR(Refresh(region, cluster_identifier));
  for (const v1::GetStreamOutput& stream : streams) {
    if (stream.stream_identifier() != stream_identifier) continue;
    absl::MutexLock lock(&mutex_);
    const auto found = streams_.find(stream.arn());
    if (found != streams_.end()) return found->second.delivery;
  }
  return StreamNotFound(region, options_.account_id, cluster_identifier,
                        stream_identifier);
}

absl::Status ChangeStreams::Flush(absl::string_view region,
                                  absl::string_view cluster_identifier,
                                  absl::Time deadline) {
  DSQL_ASSIGN_OR_RETURN(const auto state, options_.control->GetClusterState(
                                              region, cluster_identifier));
  DSQL_RETURN_IF_ERROR(Refresh(region, cluster_identifier));
  std::shared_ptr<ChangeReader> reader;
  std::vector<std::shared_ptr<StreamDelivery>> deliveries;
  {
    absl::MutexLock lock(&mutex_);
    const auto database = databases_.find(state.database_id);
    if (database != databases_.end()) reader = database->second.reader;
    for (const auto& stream : streams_) {
      if (stream.second.cluster == ClusterName(region, cluster_identifier))
        deliveries.push_back(stream.second.delivery);
    }
  }
  if (deliveries.empty()) return absl::OkStatus();
  if (!options_.readable) {
    return absl::FailedPreconditionError(
        "The servers of this FakeDsql tell no changes: its dialect is "
        "PostgreSQL's own, or they are somebody else's (external_conninfo)");
  }
  // Without one there is no server, and nothing was committed.
  if (reader != nullptr) DSQL_RETURN_IF_ERROR(reader->Flush(deadline));
  for (const auto& delivery : deliveries)
    DSQL_RETURN_IF_ERROR(delivery->Flush(deadline));
  return absl::OkStatus();
}

}  // namespace dsql::streams
