// SPDX-License-Identifier: Apache-2.0

#include "testing/chaos/cast.h"

#include <algorithm>

#include "testing/chaos/control_actors.h"
#include "testing/chaos/fault_actors.h"
#include "testing/chaos/rude_actors.h"
#include "testing/chaos/snapshot_actors.h"
#include "testing/chaos/sql_actors.h"

namespace dsql_testing {
namespace {

int ThreadsOf(const std::vector<Role>& roles) {
  int threads = 0;
  for (const Role& role : roles) threads += role.threads;
  return threads;
}

}  // namespace

std::vector<Role> AllRoles(Consumer* consumer, FaultInjectingStorage* storage) {
  const auto stream_writer = [consumer](const Part& part) {
    return MakeStreamWriter(part, consumer);
  };
  const auto scripter = [consumer](const Part& part) {
    return MakeScripter(part, consumer);
  };
  const auto storage_breaker = [storage](const Part& part) {
    return MakeStorageBreaker(part, storage);
  };
  return {
      // With a data_dir.
      {"writer", 5, true, "main", MakeWriter},
      {"transferrer", 5, true, "main", MakeTransferrer},
      {"auditor", 2, true, "main", MakeAuditor},
      {"definer", 1, true, "main", MakeDefiner},
      {"canceller", 1, true, "main", MakeCanceller},
      {"stream writer", 2, true, "main", stream_writer},
      {"stream keeper", 1, true, "main", MakeStreamKeeper},
      {"slow reader", 2, true, "main", MakeSlowReader},
      {"leaver", 2, true, "main", MakeLeaver},
      {"rude client", 1, true, "main", MakeRudeClient},
      {"session killer", 1, true, "main", MakeSessionKiller},
      {"writer of sealed", 2, true, "sealed", MakeWriter},
      {"transferrer of sealed", 2, true, "sealed", MakeTransferrer},
      {"stream writer of sealed", 1, true, "sealed", stream_writer},
      {"restorer", 1, true, "restored", MakeRestorer},
      {"bystander", 1, true, "restored", MakeBystander},
      {"caller", 2, true, "", MakeCaller},
      {"HTTP caller", 2, true, "", MakeHttpCaller},
      {"rude HTTP client", 1, true, "", MakeRudeHttpClient},
      {"server killer", 1, true, "", MakeServerKiller},
      {"scripter", 1, true, "", scripter},
      // In memory, in clear.
      {"writer in memory", 2, false, "main", MakeWriter},
      {"transferrer in memory", 2, false, "main", MakeTransferrer},
      {"rude client in clear", 2, false, "main", MakeRudeClient},
      {"session killer in memory", 1, false, "main", MakeSessionKiller},
      {"restorer in memory", 1, false, "restored", MakeRestorer},
      {"bystander in memory", 1, false, "restored", MakeBystander},
      {"doomed", 1, false, "", MakeDoomed},
      {"caller in memory", 1, false, "", MakeCaller},
      {"HTTP caller in memory", 1, false, "", MakeHttpCaller},
      {"storage breaker", 1, false, "", storage_breaker},
  };
}

std::vector<Role> RolesFor(int threads, std::vector<Role> roles) {
  // Where there is most, first.
  const auto most = [&roles] {
    return std::max_element(
        roles.begin(), roles.end(),
        [](const Role& a, const Role& b) { return a.threads < b.threads; });
  };
  while (ThreadsOf(roles) > threads && most()->threads > 1) --most()->threads;
  for (size_t i = 0; ThreadsOf(roles) < threads; i = (i + 1) % 6) {
    // Writers, transferrers, auditors and the like.
    ++roles[i].threads;
  }
  return roles;
}

}  // namespace dsql_testing
