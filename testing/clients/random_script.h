// SPDX-License-Identifier: Apache-2.0

// Random requests within what DSQL and PostgreSQL have in common.

#ifndef TESTING_CLIENTS_RANDOM_SCRIPT_H_
#define TESTING_CLIENTS_RANDOM_SCRIPT_H_

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "testing/clients/wire_request.h"

namespace dsql_testing {

// Sent in parts, as a client that flushes does; read through `readies`
// ReadyForQuery.
struct ScriptStep {
  std::vector<Request> parts;
  int readies = 0;
  // One line.
  std::string text;
  // It goes on with a portal that an earlier one may have left.
  bool names_portal = false;
};

// Steps on u (k int PRIMARY KEY, v int UNIQUE, x text), of one session. The
// same for the same seed.
class RandomScript {
 public:
  explicit RandomScript(uint32_t seed) : random_(seed) {}

  ScriptStep Next();

 private:
  int Below(int limit) { return static_cast<int>(random_() % limit); }
  std::string Key();
  std::string Sql();
  std::string Write();
  std::string Mistake();
  std::string StatementName();
  std::string PortalName();
  std::string CopyRows();
  ScriptStep NextQuery();
  ScriptStep NextCopy();
  ScriptStep NextPipeline();
  // Appends some messages to the last part.
  void Add(ScriptStep* step);

  std::mt19937 random_;
};

}  // namespace dsql_testing

#endif  // TESTING_CLIENTS_RANDOM_SCRIPT_H_
