// SPDX-License-Identifier: Apache-2.0

// Who takes part.

#ifndef TESTING_CHAOS_CAST_H_
#define TESTING_CHAOS_CAST_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "dsql/testing/fault_injecting_storage.h"
#include "testing/chaos/actor.h"
#include "testing/chaos/stream_actors.h"

namespace dsql_testing {

struct Role {
  // "writer of main".
  std::string name;
  // Of the 50 threads that it is made for.
  int threads = 1;
  bool lasting = true;
  std::string cluster;
  std::function<std::unique_ptr<Actor>(const Part& part)> make;
};

// All roles, with 50 threads together. What they share is not owned.
std::vector<Role> AllRoles(Consumer* consumer, FaultInjectingStorage* storage);

// The same for `threads`, each with one at least.
std::vector<Role> RolesFor(int threads, std::vector<Role> roles);

}  // namespace dsql_testing

#endif  // TESTING_CHAOS_CAST_H_
