// SPDX-License-Identifier: Apache-2.0

// Snapshots, and what comes of going back to them.

#ifndef TESTING_CHAOS_SNAPSHOT_ACTORS_H_
#define TESTING_CHAOS_SNAPSHOT_ACTORS_H_

#include <memory>

#include "testing/chaos/actor.h"

namespace dsql_testing {

// Writes to a cluster, keeps snapshots and goes back to one, or makes another
// cluster of one: there is what there was.
std::unique_ptr<Actor> MakeRestorer(const Part& part);

// Uses the restorer's cluster meanwhile: its sessions end, and it goes on.
std::unique_ptr<Actor> MakeBystander(const Part& part);

}  // namespace dsql_testing

#endif  // TESTING_CHAOS_SNAPSHOT_ACTORS_H_
