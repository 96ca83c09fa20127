// SPDX-License-Identifier: Apache-2.0

// Processes that share a Storage: each a FakeDsql of its own, as two test
// programs have them.

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <iostream>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "dsql/aws/arn.h"
#include "dsql/control/cluster_manager.h"
#include "dsql/control/policy_manager.h"
#include "dsql/control/tag_manager.h"
#include "dsql/fake_dsql.h"
#include "dsql/fake_dsql_options.h"
#include "dsql/postgres/server.h"
#include "dsql/storage/postgres/postgres_storage.h"
#include "dsql/testing/status_matchers.h"
#include "dsql/v1/dsql.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dsql_testing {
namespace {

using ::dsql::FakeDsql;
using ::dsql::PostgresStorage;
using ::dsql::postgres::PostgresServer;
using ::testing::SizeIs;

constexpr absl::Duration kDeadline = absl::Minutes(3);
constexpr int kQuota = 12;
constexpr int kThreads = 4;
constexpr int kOperations = 60;
constexpr char kPolicy[] =
    R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow",)"
    R"("Principal":{"AWS":"*"},"Action":"*","Resource":"*"}]})";

using Words = std::vector<std::string>;

// A child that runs shared_storage_process. Ends with its stdin.
class ChildProcess {
 public:
  explicit ChildProcess(const std::string& conninfo) {
    const std::string program =
        absl::StrCat(getenv("TEST_SRCDIR"), "/", getenv("TEST_WORKSPACE"),
                     "/testing/storage/shared_storage_process");
    int in[2];
    int out[2];
    if (pipe2(in, O_CLOEXEC) != 0 || pipe2(out, O_CLOEXEC) != 0) return;
    const std::string quota = absl::StrCat(kQuota);
    pid_ = fork();
    if (pid_ == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      dup2(in[0], STDIN_FILENO);
      dup2(out[1], STDOUT_FILENO);
      execl(program.c_str(), program.c_str(), conninfo.c_str(), quota.c_str(),
            nullptr);
      _exit(127);
    }
    close(in[0]);
    close(out[1]);
    to_ = in[1];
    from_ = out[0];
  }

  ~ChildProcess() {
    if (pid_ <= 0) return;
    close(to_);
    // Its own deadlines bound how long that takes.
    waitpid(pid_, nullptr, 0);
    close(from_);
  }
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  void Send(const std::string& command) {
    const std::string line = command + "\n";
    EXPECT_EQ(write(to_, line.data(), line.size()), line.size());
  }

  // The lines up to and with the first that begins with `last`. Errors fail
  // the test, and end them.
  std::vector<Words> ReadUpTo(absl::string_view last) {
    const absl::Time deadline = absl::Now() + kDeadline;
    std::vector<Words> lines;
    while (lines.empty() || lines.back()[0] != last) {
      std::string line;
      if (!ReadLine(deadline, &line)) {
        ADD_FAILURE() << "No '" << last << "' from the child";
        break;
      }
      if (absl::StartsWith(line, "error ")) {
        ADD_FAILURE() << line;
        if (last != "loaded") break;
      }
      lines.push_back(absl::StrSplit(line, ' '));
    }
    return lines;
  }

  // The number in the next line, which begins with `word`; 0 where it is
  // another.
  int64_t ReadNumber(absl::string_view word) {
    const std::vector<Words> lines = ReadUpTo(word);
    int64_t number = 0;
    EXPECT_TRUE(!lines.empty() && lines.back().size() == 2 &&
                absl::SimpleAtoi(lines.back()[1], &number));
    return number;
  }

 private:
  bool ReadLine(absl::Time deadline, std::string* line) {
    while (true) {
      const size_t end = buffer_.find('\n');
      if (end != std::string::npos) {
        *line = buffer_.substr(0, end);
        buffer_.erase(0, end + 1);
        return true;
      }
      pollfd readable = {from_, POLLIN, 0};
      const int left = absl::ToInt64Milliseconds(deadline - absl::Now());
      if (left <= 0 || poll(&readable, 1, left) <= 0) return false;
      char bytes[4096];
      const ssize_t count = read(from_, bytes, sizeof(bytes));
      if (count <= 0) return false;
      buffer_.append(bytes, count);
    }
  }

  pid_t pid_ = -1;
  int to_ = -1;
  int from_ = -1;
  std::string buffer_;
};

class SharedProcessesTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto server = PostgresServer::Start();
    if (!server.ok() && getenv("DSQL_TEST_REQUIRE_TOOLS") == nullptr) {
      GTEST_SKIP() << server.status();
    }
    ASSERT_THAT(server, IsOk());
    server_ = *std::move(server);
    auto storage = PostgresStorage::Open(server_->conninfo());
    ASSERT_THAT(storage, IsOk());
    storage_ = *std::move(storage);
    dsql::FakeDsqlOptions options;
    options.postgres.enabled = false;
    options.storage = storage_.get();
    options.quotas.single_region_clusters = kQuota;
    auto fake = FakeDsql::Create(options);
    ASSERT_THAT(fake, IsOk());
    observer_ = *std::move(fake);
    for (auto& child : children_) {
      child = std::make_unique<ChildProcess>(server_->conninfo());
    }
    for (auto& child : children_) child->ReadUpTo("ready");
  }

  std::string NewCluster() {
    dsql::v1::CreateClusterInput input;
    input.set_deletion_protection_enabled(false);
    const auto cluster = observer_->clusters().CreateCluster(input);
    EXPECT_THAT(cluster, IsOk());
    return cluster.ok() ? cluster->identifier() : "";
  }

  std::string PolicyVersion(const std::string& cluster) {
    dsql::v1::GetClusterPolicyInput input;
    input.set_identifier(cluster);
    const auto policy = observer_->policies().GetClusterPolicy(input);
    EXPECT_THAT(policy, IsOk());
    return policy.ok() ? policy->policy_version() : "";
  }

  std::unique_ptr<PostgresServer> server_;
  std::unique_ptr<PostgresStorage> storage_;
  // A third process, so to say, without rows.
  std::unique_ptr<FakeDsql> observer_;
  std::unique_ptr<ChildProcess> children_[2];
};

// What both processes told.
class Told {
 public:
  void Add(const std::vector<Words>& lines) {
    for (const Words& line : lines) {
      ++counts_[line[0]];
      if (line[0] == "created") by_token_[line[1]].insert(line[2]);
      if (line[0] == "removed") removed_.insert(line[1]);
      if (line[0] == "listed") most_ = std::max(most_, std::stoi(line[1]));
      if (line[0] == "put") puts_[line[1]].emplace(line[2], line[3]);
      if (line[0] == "read") reads_[line[2]][line[1]].push_back(line[3]);
      if (line[0] == "tagged") tags_[line[1]][line[2]] = line[3];
    }
  }

  int Count(const std::string& what) { return counts_[what]; }
  int most() const { return most_; }

  // A token made one cluster, and a cluster has one token at most.
  std::set<std::string> CheckCreations(int count) {
    std::set<std::string> made;
    size_t named = 0;
    for (const auto& [token, clusters] : by_token_) {
      if (token != "-") {
        EXPECT_THAT(clusters, SizeIs(1)) << "for " << token;
      }
      named += clusters.size();
      made.insert(clusters.begin(), clusters.end());
    }
    EXPECT_EQ(made.size(), named);
    EXPECT_GT(count, made.size()) << "No token was used twice";
    for (const std::string& cluster : removed_)
      EXPECT_EQ(made.count(cluster), 1);
    for (const std::string& cluster : removed_) made.erase(cluster);
    return made;
  }

  // That each version that was replaced was replaced once, that none was lost
  // on the way from `first` to `last`, and that nobody saw one after a later
  // one.
  void CheckPolicies(const std::string& cluster, const std::string& first,
                     const std::string& last) {
    const std::multimap<std::string, std::string>& puts = puts_[cluster];
    std::map<std::string, int> places = {{first, 0}};
    std::string version = first;
    while (puts.count(version) == 1) {
      version = puts.find(version)->second;
      ASSERT_TRUE(places.emplace(version, places.size()).second) << version;
    }
    EXPECT_EQ(version, last);
    EXPECT_EQ(places.size(), puts.size() + 1);
    for (const auto& [thread, versions] : reads_[cluster]) {
      int before = 0;
      for (const std::string& read : versions) {
        ASSERT_EQ(places.count(read), 1) << "Nobody put " << read;
        EXPECT_GE(places[read], before) << "as " << thread << " saw it";
        before = places[read];
      }
    }
  }

  const std::map<std::string, std::string>& TagsOf(const std::string& cluster) {
    return tags_[cluster];
  }

 private:
  std::map<std::string, int> counts_;
  std::map<std::string, std::set<std::string>> by_token_;
  std::set<std::string> removed_;
  int most_ = 0;
  // By cluster: from the version that was expected to the new one.
  std::map<std::string, std::multimap<std::string, std::string>> puts_;
  // By cluster and thread, in order.
  std::map<std::string, std::map<std::string, std::vector<std::string>>> reads_;
  // By cluster and key: the last value.
  std::map<std::string, std::map<std::string, std::string>> tags_;
};

TEST_F(SharedProcessesTest, AreOneControlPlaneUnderLoad) {
  std::map<std::string, std::string> first_versions;
  for (int i = 0; i < 3; ++i) {
    dsql::v1::PutClusterPolicyInput policy;
    policy.set_identifier(NewCluster());
    policy.set_policy(kPolicy);
    const auto put = observer_->policies().PutClusterPolicy(policy);
    ASSERT_THAT(put, IsOk());
    first_versions[policy.identifier()] = put->policy_version();
  }
  const std::string shared = absl::StrJoin(
      first_versions, " ", [](std::string* out, const auto& entry) {
        absl::StrAppend(out, entry.first);
      });
  for (int i = 0; i < 2; ++i) {
    children_[i]->Send(absl::StrCat("load ", 1 + i * kThreads, " ", kThreads,
                                    " ", kOperations, " ", shared));
  }
  Told told;
  for (auto& child : children_) told.Add(child->ReadUpTo("loaded"));
  EXPECT_EQ(told.Count("loaded"), 2);
  // There was something to get wrong.
  for (const char* what : {"quota", "removed", "put", "lost", "tagged"}) {
    EXPECT_GT(told.Count(what), 0) << what;
  }
  EXPECT_LE(told.most(), kQuota);
  std::set<std::string> expected = told.CheckCreations(told.Count("created"));
  for (const auto& entry : first_versions) expected.insert(entry.first);
  const auto list = observer_->clusters().ListClusters({});
  ASSERT_THAT(list, IsOk());
  std::set<std::string> present;
  for (const auto& cluster : list->clusters())
    present.insert(cluster.identifier());
  EXPECT_EQ(present, expected);
  for (const auto& [cluster, first] : first_versions) {
    told.CheckPolicies(cluster, first, PolicyVersion(cluster));
    dsql::v1::ListTagsForResourceInput input;
    input.set_resource_arn(
        dsql::DsqlArn::Cluster("us-east-1", "000000000000", cluster)
            .ToString());
    const auto tags = observer_->tags().ListTagsForResource(input);
    ASSERT_THAT(tags, IsOk());
    EXPECT_EQ((std::map<std::string, std::string>(tags->tags().begin(),
                                                  tags->tags().end())),
              told.TagsOf(cluster));
  }
}

// Both have an endpoint and a session of the cluster that one of them deletes.
TEST_F(SharedProcessesTest, DeletionInOneEndsSessionsInTheOther) {
  const std::string cluster = NewCluster();
  for (auto& child : children_) {
    child->Send(absl::StrCat("connect ", cluster));
  }
  for (auto& child : children_) child->ReadUpTo("connected");
  children_[1]->Send("await");
  children_[0]->Send(absl::StrCat("delete ", cluster));
  const int64_t deleted = children_[0]->ReadNumber("deleted");
  const int64_t ended = children_[1]->ReadNumber("ended");
  const int64_t closed = children_[1]->ReadNumber("closed");
  const absl::Duration session = absl::Nanoseconds(ended - deleted);
  const absl::Duration endpoint = absl::Nanoseconds(closed - deleted);
  std::cout << "After DeleteCluster had returned, the other process's session "
               "ended in "
            << session << ", its endpoint was closed in " << endpoint << "\n";
  // A second is promised; a machine that is busy may need more.
  EXPECT_LT(session, absl::Seconds(15));
  EXPECT_LT(endpoint, absl::Seconds(15));
  children_[0]->Send("await");
  children_[0]->ReadNumber("ended");
  children_[0]->ReadNumber("closed");
  // What is not deleted goes on.
  const std::string other = NewCluster();
  children_[1]->Send(absl::StrCat("connect ", other));
  children_[1]->ReadUpTo("connected");
}

}  // namespace
}  // namespace dsql_testing
