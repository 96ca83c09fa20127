// SPDX-License-Identifier: Apache-2.0

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "dsql/aws/errors.h"
#include "dsql/control/fault_injector.h"
#include "dsql/gateway/session/connection_faults.h"
#include "dsql/occ/transaction_controls.h"
#include "dsql/v1/dsql.pb.h"
#include "testing/chaos/fault_actors.h"

namespace dsql_testing {
namespace {

constexpr const char* kOperations[] = {
    "CreateCluster", "GetCluster",    "ListClusters", "DeleteCluster",
    "TagResource",   "UntagResource", "CreateStream", "DeleteStream"};
constexpr const char* kClusters[] = {"main", "sealed", "restored"};

class Scripter : public Actor {
 public:
  Scripter(const Part& part, Consumer* consumer)
      : Actor(part), consumer_(consumer) {}

  void Step() override {
    consumer_->set_failing(true);
    const std::string name = kClusters[Random(3)];
    const auto cluster = part().world->cluster(name);
    if (!cluster.ok()) return Violate(cluster.status().ToString());
    absl::Status status;
    switch (Random(3)) {
      case 0:
        status = ScriptOperation();
        break;
      case 1:
        // Streams are created on ACTIVE clusters only.
        status = name == "main" || Random(10) > 0 ? ScriptCommits(*cluster)
                                                  : PutToSleep(*cluster);
        break;
      default:
        status = ScriptConnections(*cluster);
    }
    if (!status.ok()) Violate(status.ToString());
    Count("faults scripted");
    PauseRandomly(absl::Milliseconds(150));
  }

 private:
  absl::Status ScriptOperation() {
    dsql::Fault fault;
    fault.operation = kOperations[Random(8)];
    fault.error = Random(2) == 0 ? dsql::ThrottlingException("slow down")
                                 : dsql::InternalServerException("a fault");
    if (Random(3) == 0) fault.when = dsql::Fault::When::kAfter;
    fault.times = Random(3) + 1;
    fault.skip = Random(3);
    fault.latency = absl::Milliseconds(Random(20));
    return part().world->fake().faults().Add(std::move(fault));
  }

  absl::Status ScriptConnections(const dsql::Cluster& cluster) {
    dsql::ConnectionFaults& faults = cluster.connection_faults();
    switch (Random(6)) {
      case 0:
        return Random(8) == 0 ? faults.DropConnections() : absl::OkStatus();
      case 1:
        return faults.RefuseConnections(Random(3) + 1);
      case 2:
        return faults.DropAfterStatements(Random(50) + 1);
      case 3:
        return faults.DropBeforeCommit(Random(2) + 1);
      case 4:
        return faults.DropAfterCommit(Random(2) + 1);
      default:
        return faults.DelayStatements(absl::Milliseconds(Random(50)),
                                      Random(20) + 1);
    }
  }

  absl::Status ScriptCommits(const dsql::Cluster& cluster) {
    dsql::CommitFault fault;
    fault.kind = Random(2) == 0 ? dsql::CommitFault::kDataConflict
                                : dsql::CommitFault::kSchemaConflict;
    fault.count = Random(3) + 1;
    return cluster.transactions().FailCommits(fault);
  }

  // As one that nobody has used for long: it wakes.
  absl::Status PutToSleep(const dsql::Cluster& cluster) {
    return cluster.SetStatus(Random(2) == 0
                                 ? dsql::v1::ClusterStatus::IDLE
                                 : dsql::v1::ClusterStatus::INACTIVE);
  }

  Consumer* const consumer_;
};

class StorageBreaker : public Actor {
 public:
  StorageBreaker(const Part& part, FaultInjectingStorage* storage)
      : Actor(part), storage_(storage) {}

  void Step() override {
    const absl::Status error = absl::UnavailableError("the storage is away");
    switch (Random(4)) {
      case 0:
        storage_->LoseAnswers(error);
        break;
      case 1:
        storage_->FailNth(StorageOperation::kGet, Random(20) + 1, error);
        break;
      case 2:
        storage_->FailNth(StorageOperation::kScan, Random(5) + 1, error);
        break;
      default:
        storage_->FailNext(StorageOperation::kCommit, error, Random(2) + 1);
    }
    Count("storage faults");
    PauseRandomly(absl::Milliseconds(100));
  }

 private:
  FaultInjectingStorage* const storage_;
};

}  // namespace

std::unique_ptr<Actor> MakeScripter(const Part& part, Consumer* consumer) {
  return std::make_unique<Scripter>(part, consumer);
}

std::unique_ptr<Actor> MakeStorageBreaker(const Part& part,
                                          FaultInjectingStorage* storage) {
  return std::make_unique<StorageBreaker>(part, storage);
}

}  // namespace dsql_testing
