// SPDX-License-Identifier: Apache-2.0

#include "testing/chaos/stream_actors.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "boost/json/parse.hpp"
#include "boost/json/value.hpp"
#include "dsql/base/status_macros.h"
#include "dsql/change_stream.h"
#include "dsql/control/stream_manager.h"
#include "dsql/v1/dsql.pb.h"
#include "testing/chaos/control_port.h"
#include "testing/chaos/sql_client.h"

namespace dsql_testing {
namespace {

constexpr char kStreamed[] = "streamed";
constexpr int kFailures = 50;  // One of as many deliveries fails.
constexpr absl::Duration kFlushTimeout = absl::Seconds(60);
constexpr int kMostTries = 20;

dsql::v1::CreateStreamInput StreamOf(const dsql::Cluster& cluster,
                                     const std::string& name) {
  dsql::v1::CreateStreamInput input;
  input.set_cluster_identifier(cluster.identifier());
  input.set_client_token(name);
  input.set_ordering(dsql::v1::StreamOrdering::UNORDERED);
  input.set_format(dsql::v1::StreamFormat::JSON);
  auto* kinesis = input.mutable_target_definition()->mutable_kinesis();
  kinesis->set_stream_arn(
      absl::StrCat("arn:aws:kinesis:us-east-1:000000000000:stream/", name));
  kinesis->set_role_arn("arn:aws:iam::000000000000:role/streams");
  return input;
}

class StreamWriter : public Actor {
 public:
  StreamWriter(const Part& part, Consumer* consumer)
      : Actor(part),
        client_(&this->part()),
        consumer_(consumer),
        ids_(ledger(kStreamed)) {}

  absl::Status Prepare() override {
    DSQL_RETURN_IF_ERROR(client_.Insist(
        "CREATE TABLE IF NOT EXISTS streamed (id text PRIMARY KEY, v text)"));
    DSQL_ASSIGN_OR_RETURN(const dsql::Cluster cluster,
                          part().world->cluster(part().cluster));
    station().Do("creates the stream");
    return part()
        .world->fake()
        .streams()
        .CreateStream(StreamOf(cluster, "main-" + part().cluster))
        .status();
  }

  void Step() override {
    std::vector<std::string> ids;
    std::vector<std::string> statements;
    const int rows = Random(4) == 0 ? 5 : 1;
    for (int row = 0; row < rows; ++row) {
      ids.push_back(
          absl::StrCat(part().round, "-", part().number, "-", ++made_));
      statements.push_back(absl::StrCat("INSERT INTO streamed VALUES ('",
                                        ids.back(), "', 'x')"));
    }
    const Outcome outcome =
        rows == 1 ? client_.Write(statements[0]) : client_.Commit(statements);
    for (const std::string& id : ids) ids_->Settle(id, 1, outcome);
    PauseRandomly(absl::Milliseconds(20));
  }

  absl::Status Judge() override {
    if (part().number != 0) return absl::OkStatus();
    DSQL_ASSIGN_OR_RETURN(const dsql::Cluster cluster,
                          part().world->cluster(part().cluster));
    DSQL_RETURN_IF_ERROR(CheckTable());
    station().Do("flushes the streams");
    DSQL_RETURN_IF_ERROR(cluster.FlushStreams(kFlushTimeout));
    station().Rest();
    const auto delivered = consumer_->Delivered(cluster.identifier());
    for (const std::string& wrong : ids_->Compare(delivered)) {
      Violate(absl::StrCat("delivered: ", wrong));
    }
    part().journal->Count("records compared",
                          static_cast<int64_t>(delivered.size()));
    return absl::OkStatus();
  }

 private:
  // Makes what is in doubt certain: what is not there now is not to come.
  absl::Status CheckTable() {
    DSQL_ASSIGN_OR_RETURN(const auto rows,
                          client_.Ask("SELECT id FROM streamed"));
    std::map<std::string, int64_t> found;
    for (int row = 0; row < rows.row_count(); ++row) {
      DSQL_ASSIGN_OR_RETURN(const auto id, rows.Get<std::string>(row, 0));
      found[id] = 1;
    }
    for (const std::string& wrong : ids_->Compare(found)) Violate(wrong);
    for (const auto& [id, entry] : ids_->entries()) {
      const Ledger::Value value =
          found.count(id) > 0 ? Ledger::Value(1) : absl::nullopt;
      // Of an encrypted cluster a change may be delivered that is lost then.
      if (!World::IsSealed(part().cluster))
        ids_->Settle(id, value, Outcome::kDone);
    }
    return absl::OkStatus();
  }

  SqlClient client_;
  Consumer* const consumer_;
  Ledger* const ids_;
  int made_ = 0;
};

class StreamKeeper : public Actor {
 public:
  explicit StreamKeeper(const Part& part) : Actor(part) {}

  void Step() override {
    const auto cluster = part().world->cluster(part().cluster);
    if (!cluster.ok()) return Violate(cluster.status().ToString());
    if (Random(2) == 0) {
      Hold(*cluster);
    } else {
      Make(*cluster);
    }
    PauseRandomly(absl::Milliseconds(500));
  }

 private:
  template <typename Operation>
  auto Call(Operation operation) {
    auto result = operation();
    for (int i = 0; i < kMostTries && IsToBeTriedAgain(result.status()); ++i) {
      Count("operations tried again");
      result = operation();
    }
    Count("operations");
    return result;
  }

  void Make(const dsql::Cluster& cluster) {
    dsql::StreamManager& streams = part().world->fake().streams();
    const std::string name =
        absl::StrCat("other-", part().cluster, "-", part().round, "-", ++made_);
    station().Do("creates a stream");
    const auto created =
        Call([&] { return streams.CreateStream(StreamOf(cluster, name)); });
    if (!created.ok()) return Violate(created.status().ToString());
    PauseRandomly(absl::Milliseconds(500));
    dsql::v1::DeleteStreamInput input;
    input.set_cluster_identifier(cluster.identifier());
    input.set_stream_identifier(created->stream_identifier());
    input.set_client_token("delete-" + name);
    station().Do("deletes a stream");
    const auto deleted = Call([&] { return streams.DeleteStream(input); });
    if (!deleted.ok()) Violate(deleted.status().ToString());
    station().Rest();
    Count("streams made and deleted");
  }

  void Hold(const dsql::Cluster& cluster) {
    dsql::v1::ListStreamsInput input;
    input.set_cluster_identifier(cluster.identifier());
    station().Do("holds the streams");
    const auto listed =
        Call([&] { return part().world->fake().streams().ListStreams(input); });
    if (!listed.ok()) return Violate(listed.status().ToString());
    for (const auto& summary : listed->streams()) {
      const auto stream = part().world->fake().stream(summary.arn());
      if (!stream.ok() || !stream->Hold().ok()) continue;
      PauseRandomly(absl::Milliseconds(100));
      station().Do("releases a stream");
      if (!stream->Release().ok()) Violate("a stream that was held is gone");
    }
    station().Rest();
    Count("streams held");
  }

  int made_ = 0;
};

}  // namespace

absl::Status Consumer::Deliver(absl::string_view /*stream_arn*/,
                               const dsql::ChangeRecord& record) {
  boost::json::error_code error;
  const boost::json::value parsed = boost::json::parse(record.data, error);
  absl::MutexLock lock(&mutex_);
  if (failing_ && random_() % kFailures == 0)
    return absl::UnavailableError("the consumer is away");
  if (error) {
    ids_["no JSON"].insert(record.data);
    return absl::OkStatus();
  }
  const auto& source = parsed.at("source");
  if (source.at("table").as_string() != kStreamed) return absl::OkStatus();
  if (!parsed.at("after").is_object()) return absl::OkStatus();
  ids_[std::string(source.at("cluster").as_string())].emplace(
      parsed.at("after").at("id").as_string());
  return absl::OkStatus();
}

void Consumer::set_failing(bool failing) {
  absl::MutexLock lock(&mutex_);
  failing_ = failing;
}

std::map<std::string, int64_t> Consumer::Delivered(
    const std::string& cluster) const {
  std::map<std::string, int64_t> delivered;
  absl::MutexLock lock(&mutex_);
  for (const char* of : {cluster.c_str(), "no JSON"}) {
    const auto found = ids_.find(of);
    if (found == ids_.end()) continue;
    for (const std::string& id : found->second) delivered[id] = 1;
  }
  return delivered;
}

std::unique_ptr<Actor> MakeStreamWriter(const Part& part, Consumer* consumer) {
  return std::make_unique<StreamWriter>(part, consumer);
}

std::unique_ptr<Actor> MakeStreamKeeper(const Part& part) {
  return std::make_unique<StreamKeeper>(part);
}

}  // namespace dsql_testing
