// SPDX-License-Identifier: Apache-2.0

// Those who have things go wrong.

#ifndef TESTING_CHAOS_FAULT_ACTORS_H_
#define TESTING_CHAOS_FAULT_ACTORS_H_

#include <memory>

#include "dsql/testing/fault_injecting_storage.h"
#include "testing/chaos/actor.h"
#include "testing/chaos/stream_actors.h"

namespace dsql_testing {

// Ends sessions: by pg_terminate_backend(), as a client may, and by SIGTERM,
// those too that are the library's own.
std::unique_ptr<Actor> MakeSessionKiller(const Part& part);

// Kills servers, by SIGKILL of one of their processes. Their rows must last.
std::unique_ptr<Actor> MakeServerKiller(const Part& part);

// Makes a cluster, kills its server and deletes it, where rows do not last:
// others do not notice, and nothing is left.
std::unique_ptr<Actor> MakeDoomed(const Part& part);

// Scripts faults of operations, of connections and of COMMIT.
std::unique_ptr<Actor> MakeScripter(const Part& part, Consumer* consumer);

// Has the storage fail, and commits whose answer is lost.
std::unique_ptr<Actor> MakeStorageBreaker(const Part& part,
                                          FaultInjectingStorage* storage);

}  // namespace dsql_testing

#endif  // TESTING_CHAOS_FAULT_ACTORS_H_
