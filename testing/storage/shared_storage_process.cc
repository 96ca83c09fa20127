// SPDX-License-Identifier: Apache-2.0

// One of the processes of shared_processes_test: a FakeDsql on a
// PostgresStorage that others have open too.
//
//   shared_storage_process CONNINFO QUOTA
//
// Does what it reads on stdin, a command a line, until that ends:
//
//   connect CLUSTER           opens a session: "connected"
//   await                     waits until the session and the endpoint are
//                             gone: "ended NANOSECONDS", "closed NANOSECONDS"
//   delete CLUSTER            "deleted NANOSECONDS"
//   load SEED THREADS COUNT CLUSTER...
//                             random operations, COUNT by each thread, on
//                             clusters of its own and on those named:
//                             a line for each, see Load, then "loaded"
//
// Times are of the monotonic clock, which is the same for all processes. What
// goes wrong is told in a line that begins with "error".

#include <poll.h>
#include <time.h>

#include <cstdint>
#include <iostream>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <thread>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "dsql/aws/arn.h"
#include "dsql/aws/has_shape.h"
#include "dsql/cluster.h"
#include "dsql/control/cluster_manager.h"
#include "dsql/control/policy_manager.h"
#include "dsql/control/tag_manager.h"
#include "dsql/fake_dsql.h"
#include "dsql/fake_dsql_options.h"
#include "dsql/postgres/connection.h"
#include "dsql/postgres/connection_parameters.h"
#include "dsql/storage/postgres/postgres_storage.h"
#include "dsql/v1/dsql.pb.h"

namespace dsql_testing {
namespace {

using ::dsql::FakeDsql;
using ::dsql::PostgresStorage;
using ::dsql::postgres::Connection;
using ::dsql::v1::AwsError;

constexpr absl::Duration kDeadline = absl::Seconds(30);
constexpr int kTokens = 10;
constexpr char kPolicy[] =
    R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow",)"
    R"("Principal":{"AWS":"*"},"Action":"*","Resource":"*"}]})";

int64_t Nanoseconds() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * int64_t{1000000000} + now.tv_nsec;
}

void SayLine(const std::string& line) {
  static std::mutex* const mutex = new std::mutex;
  std::lock_guard<std::mutex> lock(*mutex);
  std::cout << line << std::endl;
}

template <typename... Words>
void Say(const Words&... words) {
  SayLine(absl::StrJoin(std::make_tuple(words...), " "));
}

void SayError(absl::string_view what, const absl::Status& status) {
  Say("error", what, absl::StrReplaceAll(status.ToString(), {{"\n", " "}}));
}

// The random operations of one thread. What it tells:
//
//   created TOKEN CLUSTER       TOKEN is "-" without one
//   quota                       CreateCluster found it reached
//   listed COUNT
//   removed CLUSTER
//   put CLUSTER EXPECTED NEW    a policy in the place of another
//   lost                        a policy was not as expected
//   read THREAD CLUSTER VERSION
//   tagged CLUSTER KEY VALUE
class Load {
 public:
  Load(FakeDsql* fake, unsigned seed, std::string name,
       std::vector<std::string> shared)
      : fake_(*fake),
        random_(seed),
        name_(std::move(name)),
        shared_(std::move(shared)) {}

  void Run(int count) {
    for (int i = 0; i < count; ++i) {
      switch (Random(5)) {
        case 0:
        case 1:
          Create();
          break;
        case 2:
          Delete();
          break;
        case 3:
          PutPolicy();
          break;
        default:
          Tag(i);
      }
    }
  }

 private:
  int Random(int below) {
    return std::uniform_int_distribution<int>(0, below - 1)(random_);
  }
  const std::string& AnyShared() { return shared_[Random(shared_.size())]; }

  void Create() {
    dsql::v1::CreateClusterInput input;
    input.set_deletion_protection_enabled(false);
    std::string token = "-";
    if (Random(2) == 0) {
      token = absl::StrCat("token-", Random(kTokens));
      input.set_client_token(token);
    }
    const auto output = fake_.clusters().CreateCluster(input);
    if (output.ok()) {
      Say("created", token, output->identifier());
      own_.push_back(output->identifier());
    } else if (dsql::HasShape(output.status(),
                              AwsError::ServiceQuotaExceededException)) {
      Say("quota");
    } else {
      SayError("CreateCluster", output.status());
    }
    const auto list = fake_.clusters().ListClusters({});
    if (!list.ok()) return SayError("ListClusters", list.status());
    Say("listed", list->clusters_size());
  }

  void Delete() {
    if (own_.empty()) return;
    dsql::v1::DeleteClusterInput input;
    const size_t chosen = Random(own_.size());
    input.set_identifier(own_[chosen]);
    own_.erase(own_.begin() + chosen);
    const auto output = fake_.clusters().DeleteCluster(input);
    if (output.ok()) {
      Say("removed", input.identifier());
    } else if (!dsql::HasShape(output.status(),
                               AwsError::ResourceNotFoundException)) {
      // Two threads may have got one cluster by a token.
      SayError("DeleteCluster", output.status());
    }
  }

  void PutPolicy() {
    const std::string& cluster = AnyShared();
    dsql::v1::GetClusterPolicyInput get;
    get.set_identifier(cluster);
    const auto present = fake_.policies().GetClusterPolicy(get);
    if (!present.ok()) return SayError("GetClusterPolicy", present.status());
    Say("read", name_, cluster, present->policy_version());
    dsql::v1::PutClusterPolicyInput put;
    put.set_identifier(cluster);
    put.set_policy(kPolicy);
    put.set_expected_policy_version(present->policy_version());
    const auto output = fake_.policies().PutClusterPolicy(put);
    if (output.ok()) {
      Say("put", cluster, put.expected_policy_version(),
          output->policy_version());
    } else if (dsql::HasShape(output.status(), AwsError::ConflictException)) {
      Say("lost");
    } else {
      SayError("PutClusterPolicy", output.status());
    }
  }

  // A key of the thread's own, so that nobody else's value is in its place.
  void Tag(int value) {
    const std::string& cluster = AnyShared();
    dsql::v1::TagResourceInput input;
    input.set_resource_arn(
        dsql::DsqlArn::Cluster("us-east-1", "000000000000", cluster)
            .ToString());
    (*input.mutable_tags())[name_] = absl::StrCat(value);
    const auto output = fake_.tags().TagResource(input);
    if (!output.ok()) return SayError("TagResource", output.status());
    Say("tagged", cluster, name_, value);
  }

  FakeDsql& fake_;
  std::mt19937 random_;
  const std::string name_;
  const std::vector<std::string> shared_;
  std::vector<std::string> own_;
};

class Process {
 public:
  explicit Process(std::unique_ptr<FakeDsql> fake) : fake_(std::move(fake)) {}

  void Do(const std::vector<std::string>& words) {
    const absl::Status status = Call(words);
    if (!status.ok()) SayError(words[0], status);
  }

 private:
  absl::Status Call(const std::vector<std::string>& words) {
    if (words[0] == "connect" && words.size() == 2) return Connect(words[1]);
    if (words[0] == "await") return Await();
    if (words[0] == "delete" && words.size() == 2) return Delete(words[1]);
    if (words[0] == "load" && words.size() > 4) return RunLoad(words);
    return absl::InvalidArgumentError("no such command");
  }

  absl::Status Connect(const std::string& identifier) {
    const auto cluster = fake_->cluster(identifier);
    if (!cluster.ok()) return cluster.status();
    auto parameters = cluster->ConnectionInfo();
    if (!parameters.ok()) return parameters.status();
    auto connection =
        Connection::Open(parameters->ToConninfo(), absl::Now() + kDeadline);
    if (!connection.ok()) return connection.status();
    const auto answer = connection->Execute("SELECT 1");
    if (!answer.ok()) return answer.status();
    endpoint_ = absl::StrCat("host=", parameters->host,
                             " port=", parameters->port, " connect_timeout=5");
    session_.emplace(*std::move(connection));
    Say("connected");
    return absl::OkStatus();
  }

  absl::Status Await() {
    if (!session_.has_value())
      return absl::FailedPreconditionError("There is no session");
    const absl::Time deadline = absl::Now() + kDeadline;
    PGconn* const raw = session_->raw();
    pollfd readable = {PQsocket(raw), POLLIN, 0};
    while (PQconsumeInput(raw) == 1) {
      const int left = absl::ToInt64Milliseconds(deadline - absl::Now());
      if (left <= 0 || poll(&readable, 1, left) <= 0)
        return absl::DeadlineExceededError("The session goes on");
    }
    Say("ended", Nanoseconds());
    while (PQping(endpoint_.c_str()) != PQPING_NO_RESPONSE) {
      if (absl::Now() > deadline)
        return absl::DeadlineExceededError("The endpoint is open");
    }
    Say("closed", Nanoseconds());
    return absl::OkStatus();
  }

  absl::Status Delete(const std::string& identifier) {
    dsql::v1::DeleteClusterInput input;
    input.set_identifier(identifier);
    const auto output = fake_->clusters().DeleteCluster(input);
    if (!output.ok()) return output.status();
    Say("deleted", Nanoseconds());
    return absl::OkStatus();
  }

  absl::Status RunLoad(const std::vector<std::string>& words) {
    unsigned seed = 0;
    int threads = 0;
    int count = 0;
    if (!absl::SimpleAtoi(words[1], &seed) ||
        !absl::SimpleAtoi(words[2], &threads) ||
        !absl::SimpleAtoi(words[3], &count)) {
      return absl::InvalidArgumentError("SEED THREADS COUNT are numbers");
    }
    std::vector<std::thread> running;
    for (int i = 0; i < threads; ++i) {
      running.emplace_back([&, i] {
        Load(fake_.get(), seed + i, absl::StrCat("thread-", seed + i),
             {words.begin() + 4, words.end()})
            .Run(count);
      });
    }
    for (std::thread& thread : running) thread.join();
    Say("loaded");
    return absl::OkStatus();
  }

  const std::unique_ptr<FakeDsql> fake_;
  absl::optional<Connection> session_;
  std::string endpoint_;
};

int Main(const std::string& conninfo, int quota) {
  auto storage = PostgresStorage::Open(conninfo);
  if (!storage.ok()) {
    SayError("Open", storage.status());
    return 1;
  }
  dsql::FakeDsqlOptions options;
  options.storage = storage->get();
  options.quotas.single_region_clusters = quota;
  auto fake = FakeDsql::Create(options);
  if (!fake.ok()) {
    SayError("Create", fake.status());
    return 1;
  }
  Process process(*std::move(fake));
  Say("ready");
  std::string line;
  while (std::getline(std::cin, line)) {
    process.Do(absl::StrSplit(line, ' '));
  }
  return 0;
}

}  // namespace
}  // namespace dsql_testing

int main(int argc, char** argv) {
  int quota = 0;
  if (argc != 3 || !absl::SimpleAtoi(argv[2], &quota)) {
    std::cerr << "usage: " << argv[0] << " CONNINFO QUOTA\n";
    return 2;
  }
  return dsql_testing::Main(argv[1], quota);
}
