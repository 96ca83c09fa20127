// SPDX-License-Identifier: Apache-2.0

#include "testing/chaos/chaos.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <system_error>
#include <thread>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "dsql/base/status_macros.h"
#include "dsql/fake_dsql_snapshot.h"
#include "dsql/testing/fault_injecting_storage.h"
#include "testing/chaos/control_port.h"
#include "testing/chaos/sql_client.h"

namespace dsql_testing {
namespace {

constexpr int kRounds = 3;
constexpr absl::Duration kLongestRound = absl::Minutes(1);
constexpr absl::Duration kSettling = absl::Seconds(20);
constexpr int kMostJudgements = 10;

std::string MakeDirectory(const std::string& parent) {
  std::string directory = parent + "/dsql-chaos.XXXXXX";
  if (mkdtemp(directory.data()) == nullptr) {
    std::cerr << "cannot make " << directory << "\n";
    abort();
  }
  for (const char* world : {"/lasting", "/memory"})
    mkdir((directory + world).c_str(), 0755);
  // Those who servers run as pass through it.
  chmod(directory.c_str(), 0711);
  return directory;
}

// A core tells where each thread stands.
void GiveUp(const std::string& report) {
  std::cerr << report << std::endl;
  abort();
}

}  // namespace

// What a round is played in.
struct Chaos::Stage {
  dsql::InMemoryStorage memory;
  FaultInjectingStorage storage{&memory};
  Ledgers ledgers;
  std::unique_ptr<World> lasting;
  std::unique_ptr<World> fleeting;
  absl::Notification over;
};

Chaos::Chaos(const ChaosOptions& options)
    : options_(options),
      directory_(MakeDirectory(options.parent)),
      watchdog_(options.patience, GiveUp),
      station_(watchdog_.NewStation("director")),
      consumer_(options.seed) {}

Chaos::~Chaos() {
  std::error_code error;
  std::filesystem::remove_all(directory_, error);
}

absl::Status Chaos::Run() {
  const absl::Duration length =
      std::min(options_.duration / kRounds, kLongestRound);
  const absl::Time end = absl::Now() + options_.duration;
  const absl::Time last = end + 2 * options_.duration;
  // What is made once in a process is made now.
  DSQL_RETURN_IF_ERROR(PlayRound(0, absl::ZeroDuration()));
  before_ = Resources::Now(directory_);
  int round = 1;
  while (absl::Now() + length / 2 < (HasCountedAll() ? end : last))
    DSQL_RETURN_IF_ERROR(PlayRound(round++, length));
  // What the last round has left is there.
  return PlayRound(round, absl::ZeroDuration());
}

bool Chaos::HasCountedAll() const {
  return std::all_of(
      options_.wanted.begin(), options_.wanted.end(),
      [this](const std::string& what) { return journal_.count(what) > 0; });
}

absl::Status Chaos::PlayRound(int round, absl::Duration length) {
  Stage stage;
  DSQL_RETURN_IF_ERROR(Open(&stage));
  std::vector<std::unique_ptr<Actor>> actors = Cast(round, &stage);
  DSQL_RETURN_IF_ERROR(Prepare(actors));
  Play(actors, length, &stage.over);
  station_->Do("clears faults");
  stage.lasting->ClearFaults();
  stage.fleeting->ClearFaults();
  stage.storage.ClearFaults();
  consumer_.set_failing(false);
  Judge(actors);
  if (length > absl::ZeroDuration())
    GoBack((round % 2 == 0 ? stage.lasting : stage.fleeting).get(), actors);
  // Clients are gone before it or, every other time, are still there.
  if (round % 2 == 0) actors.clear();
  DSQL_RETURN_IF_ERROR(Close(&stage, std::move(actors)));
  if (round > 0) CompareResources();
  std::cerr << "round " << round << ": " << journal_.Summary() << std::endl;
  return absl::OkStatus();
}

absl::Status Chaos::Open(Stage* stage) {
  station_->Do("opens the worlds");
  WorldOptions lasting;
  lasting.directory = directory_ + "/lasting";
  lasting.sink = &consumer_;
  DSQL_ASSIGN_OR_RETURN(stage->lasting, World::Open(lasting));
  WorldOptions fleeting;
  fleeting.lasting = false;
  fleeting.directory = directory_ + "/memory";
  fleeting.storage = &stage->storage;
  DSQL_ASSIGN_OR_RETURN(stage->fleeting, World::Open(fleeting));
  station_->Rest();
  return absl::OkStatus();
}

std::vector<std::unique_ptr<Actor>> Chaos::Cast(int round, Stage* stage) {
  std::vector<std::unique_ptr<Actor>> actors;
  unsigned seed = options_.seed * 1000003 + round * 1009;
  for (const Role& role :
       RolesFor(options_.threads, AllRoles(&consumer_, &stage->storage))) {
    for (int number = 0; number < role.threads; ++number) {
      ++seed;
      if (!absl::StartsWith(role.name, options_.only)) continue;
      Part part;
      part.name = absl::StrCat(role.name, " ", number);
      part.number = number;
      part.cluster = role.cluster;
      part.world = role.lasting ? stage->lasting.get() : stage->fleeting.get();
      part.journal = &journal_;
      part.station = watchdog_.NewStation(part.name);
      part.ledgers = role.lasting ? &ledgers_ : &stage->ledgers;
      part.round = round;
      part.seed = seed;
      part.over = &stage->over;
      actors.push_back(role.make(part));
    }
  }
  return actors;
}

absl::Status Chaos::Prepare(const std::vector<std::unique_ptr<Actor>>& actors) {
  for (const auto& actor : actors) {
    station_->Do(absl::StrCat("prepares ", actor->part().name));
    const absl::Status status = actor->Prepare();
    actor->part().station->Rest();
    if (!status.ok()) {
      return absl::Status(status.code(),
                          absl::StrCat(actor->part().name,
                                       " cannot begin: ", status.ToString()));
    }
  }
  station_->Rest();
  return absl::OkStatus();
}

void Chaos::Play(const std::vector<std::unique_ptr<Actor>>& actors,
                 absl::Duration length, absl::Notification* over) {
  if (length > absl::ZeroDuration()) {
    std::vector<std::thread> threads;
    for (const auto& actor : actors) {
      threads.emplace_back([&actor = *actor, over] {
        while (!over->HasBeenNotified()) actor.Step();
        actor.part().station->Rest();
      });
    }
    over->WaitForNotificationWithTimeout(length);
    over->Notify();
    for (std::thread& thread : threads) thread.join();
  } else {
    over->Notify();
  }
}

void Chaos::Judge(const std::vector<std::unique_ptr<Actor>>& actors) {
  for (const auto& actor : actors) {
    station_->Do(absl::StrCat("judges ", actor->part().name));
    absl::Status status;
    // Its connection may be one that was killed.
    for (int i = 0; i < kMostJudgements; ++i) {
      status = actor->Judge();
      actor->part().station->Rest();
      if (status.ok() || !IsToBeExpected(status)) break;
    }
    if (!status.ok()) {
      journal_.Violate(actor->part().name,
                       absl::StrCat("cannot be judged: ", status.ToString()));
    }
  }
  station_->Rest();
}

void Chaos::GoBack(World* world,
                   const std::vector<std::unique_ptr<Actor>>& actors) {
  station_->Do("takes a snapshot of all");
  const auto snapshot = world->fake().Snapshot();
  if (!snapshot.ok())
    return journal_.Violate("Snapshot()", snapshot.status().ToString());
  station_->Do("goes back to a snapshot of all");
  const absl::Status status = world->fake().Restore(*snapshot);
  station_->Rest();
  if (!status.ok()) return journal_.Violate("Restore()", status.ToString());
  journal_.Count("snapshots of all");
  Judge(actors);
}

absl::Status Chaos::Close(Stage* stage,
                          std::vector<std::unique_ptr<Actor>> actors) {
  station_->Do("lists what there is");
  CheckDatabases(stage);
  station_->Do("closes the world in memory");
  const absl::Status fleeting = stage->fleeting->Close();
  if (!fleeting.ok()) journal_.Violate("Stop() in memory", fleeting.ToString());
  station_->Do("closes the world that lasts");
  const absl::Status lasting = stage->lasting->Close();
  if (!lasting.ok()) journal_.Violate("Stop()", lasting.ToString());
  station_->Do("ends clients");
  actors.clear();
  station_->Rest();
  return absl::OkStatus();
}

void Chaos::CheckDatabases(Stage* stage) {
  const auto listed = MakeCppPort(stage->lasting.get())->List();
  if (!listed.ok()) return journal_.Violate("list", listed.status().ToString());
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(
           directory_ + "/lasting/data/databases", error)) {
    const std::string name = entry.path().filename();
    if (listed->count(name.substr(name.find('.') + 1)) == 0)
      journal_.Violate("databases", absl::StrCat(name, " is of no cluster"));
  }
}

void Chaos::CompareResources() {
  station_->Do("counts");
  const std::string difference =
      Resources::AwaitSame(before_, directory_, kSettling);
  if (!difference.empty())
    journal_.Violate("resources",
                     absl::StrCat("after all is closed\n", difference));
  station_->Rest();
}

}  // namespace dsql_testing
