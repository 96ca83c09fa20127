// SPDX-License-Identifier: Apache-2.0

#include "testing/chaos/control_actors.h"

#include <map>
#include <string>
#include <utility>

#include "absl/functional/function_ref.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "dsql/base/status_macros.h"
#include "testing/chaos/control_port.h"
#include "testing/chaos/sql_client.h"

namespace dsql_testing {
namespace {

constexpr size_t kMostClusters = 3;
constexpr int kMostTags = 3;
// Of scripted faults there are never as many in a row, of a Storage's neither.
constexpr int kMostTries = 200;

class Caller : public Actor {
 public:
  Caller(const Part& part, std::unique_ptr<ControlPort> port)
      : Actor(part), port_(std::move(port)), tags_(ledger(part.name)) {}

  // Those of the round before.
  absl::Status Prepare() override {
    for (const auto& [key, entry] : tags_->entries()) {
      const std::pair<std::string, std::string> parts =
          absl::StrSplit(key, absl::MaxSplits('/', 1));
      if (parts.second == "there" && tags_->IsCertain(key, 1))
        clusters_.insert(parts.first);
    }
    return absl::OkStatus();
  }

  void Step() override {
    const int choice = Random(12);
    if (clusters_.empty() ||
        (choice == 0 && clusters_.size() < kMostClusters)) {
      Create();
    } else if (choice == 1) {
      Delete(Any());
    } else if (choice == 2) {
      List();
    } else if (choice == 3 && Random(8) == 0) {
      Use(Any());
    } else if (choice < 6) {
      Look(Any());
    } else if (choice < 8) {
      Untag(Any());
    } else {
      Tag(Any());
    }
    PauseRandomly(absl::Milliseconds(20));
  }

  absl::Status Judge() override {
    for (const auto& [key, entry] : tags_->entries()) {
      const std::pair<std::string, std::string> parts =
          absl::StrSplit(key, absl::MaxSplits('/', 1));
      if (parts.second == "there") Look(parts.first);
    }
    return absl::OkStatus();
  }

 private:
  std::string Any() {
    auto at = clusters_.begin();
    std::advance(at, Random(static_cast<int>(clusters_.size())));
    return *at;
  }
  static std::string There(const std::string& cluster) {
    return absl::StrCat(cluster, "/there");
  }
  static std::string TagOf(const std::string& cluster, int tag) {
    return absl::StrCat(cluster, "/tag", tag);
  }

  // Calls until it is not told to try again.
  absl::Status Call(const std::string& what,
                    absl::FunctionRef<absl::Status()> call) {
    absl::Status status;
    for (int i = 0; i < kMostTries; ++i) {
      station().Do(what);
      status = call();
      station().Rest();
      Count("operations");
      if (!absl::IsUnavailable(status)) break;
      Count("operations tried again");
    }
    if (!status.ok() && !absl::IsNotFound(status))
      Violate(absl::StrCat(what, ": ", status.ToString()));
    return status;
  }

  void Create() {
    const std::string token =
        absl::StrCat(part().name, "-", part().round, "-", ++made_);
    std::string cluster;
    const absl::Status status = Call("CreateCluster", [&] {
      const auto created = port_->Create(Token(token), {{"tag0", "0"}});
      if (created.ok()) cluster = *created;
      return created.status();
    });
    if (!status.ok()) return Violate(status.ToString());
    if (!clusters_.insert(cluster).second)
      Violate(absl::StrCat(cluster, " was created twice"));
    tags_->Settle(There(cluster), 1, Outcome::kDone);
    tags_->Settle(TagOf(cluster, 0), 0, Outcome::kDone);
  }

  static std::string Token(const std::string& text) {
    std::string token = text;
    for (char& c : token) {
      if (c == ' ') c = '-';
    }
    return token;
  }

  void Delete(const std::string& cluster) {
    const std::string token =
        Token(absl::StrCat(part().name, "-", part().round, "-", ++made_));
    const absl::Status status =
        Call("DeleteCluster", [&] { return port_->Delete(cluster, token); });
    if (!status.ok())
      return Violate(absl::StrCat(cluster, " is lost: ", status.ToString()));
    clusters_.erase(cluster);
    tags_->Settle(There(cluster), absl::nullopt, Outcome::kDone);
    for (int tag = 0; tag < kMostTags; ++tag)
      tags_->Settle(TagOf(cluster, tag), absl::nullopt, Outcome::kDone);
  }

  void Tag(const std::string& cluster) {
    const int tag = Random(kMostTags);
    const int64_t value = ++made_;
    const absl::Status status = Call("TagResource", [&] {
      return port_->SetTag(cluster, absl::StrCat("tag", tag),
                           absl::StrCat(value));
    });
    if (!status.ok())
      return Violate(absl::StrCat(cluster, " is lost: ", status.ToString()));
    tags_->Settle(TagOf(cluster, tag), value, Outcome::kDone);
  }

  void Untag(const std::string& cluster) {
    const int tag = Random(kMostTags);
    const absl::Status status = Call("UntagResource", [&] {
      return port_->RemoveTag(cluster, absl::StrCat("tag", tag));
    });
    if (!status.ok())
      return Violate(absl::StrCat(cluster, " is lost: ", status.ToString()));
    tags_->Settle(TagOf(cluster, tag), absl::nullopt, Outcome::kDone);
  }

  // Its tags, or that it is gone, are as they were acknowledged.
  void Look(const std::string& cluster) {
    absl::StatusOr<ControlPort::Tags> tags;
    Call("GetCluster", [&] {
      tags = port_->GetTags(cluster);
      return tags.status();
    }).IgnoreError();
    if (!tags.ok() && !absl::IsNotFound(tags.status())) return;
    Check(There(cluster), tags.ok() ? Ledger::Value(1) : absl::nullopt);
    for (int tag = 0; tag < kMostTags; ++tag) {
      Ledger::Value value;
      int64_t number = 0;
      if (tags.ok() &&
          absl::SimpleAtoi((*tags)[absl::StrCat("tag", tag)], &number))
        value = number;
      Check(TagOf(cluster, tag), value);
    }
  }

  void Check(const std::string& key, Ledger::Value value) {
    const std::string wrong = tags_->Saw(key, value);
    if (!wrong.empty()) Violate(wrong);
  }

  void List() {
    std::set<std::string> listed;
    const absl::Status status = Call("ListClusters", [&] {
      const auto answer = port_->List();
      if (answer.ok()) listed = *answer;
      return answer.status();
    });
    // What there is beyond a page is not in it.
    if (!status.ok() || listed.size() >= 100) return;
    for (const std::string& cluster : clusters_) {
      if (listed.count(cluster) == 0)
        Violate(absl::StrCat(cluster, " is not listed"));
    }
  }

  // Its server starts, and goes with the cluster.
  void Use(const std::string& identifier) {
    station().Do("uses a new cluster");
    const auto cluster = part().world->fake().cluster(identifier);
    if (!cluster.ok()) return;
    auto connection = cluster->Connect();
    absl::Status status = connection.status();
    if (status.ok()) {
      connection->set_statement_timeout(SqlClient::kPatience);
      status = connection->Execute("CREATE TABLE IF NOT EXISTS used (k int)")
                   .status();
    }
    station().Rest();
    Count("clusters used");
    if (!IsToBeExpected(status)) Violate(status.ToString());
  }

  const std::unique_ptr<ControlPort> port_;
  // "CLUSTER/there", "CLUSTER/tag1".
  Ledger* const tags_;
  std::set<std::string> clusters_;
  int64_t made_ = 0;
};

}  // namespace

std::unique_ptr<Actor> MakeCaller(const Part& part) {
  return std::make_unique<Caller>(part, MakeCppPort(part.world));
}

std::unique_ptr<Actor> MakeHttpCaller(const Part& part) {
  return std::make_unique<Caller>(part, MakeHttpPort(part.world));
}

}  // namespace dsql_testing
