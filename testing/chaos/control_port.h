// SPDX-License-Identifier: Apache-2.0

// The control plane as its callers reach it: by C++ or by HTTP.

#ifndef TESTING_CHAOS_CONTROL_PORT_H_
#define TESTING_CHAOS_CONTROL_PORT_H_

#include <map>
#include <memory>
#include <set>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "testing/chaos/world.h"

namespace dsql_testing {

// Whether SDKs try again what was answered so.
bool IsToBeTriedAgain(const absl::Status& status);

// Errors of all methods: Unavailable for what may be tried again, as SDKs do
// (ThrottlingException, InternalServerException); NotFound; others as they are.
// Not thread-safe.
class ControlPort {
 public:
  using Tags = std::map<std::string, std::string>;

  virtual ~ControlPort() = default;

  // Returns its identifier.
  virtual absl::StatusOr<std::string> Create(const std::string& client_token,
                                             const Tags& tags) = 0;
  virtual absl::Status Delete(const std::string& identifier,
                              const std::string& client_token) = 0;
  virtual absl::StatusOr<Tags> GetTags(const std::string& identifier) = 0;
  virtual absl::Status SetTag(const std::string& identifier,
                              const std::string& key,
                              const std::string& value) = 0;
  virtual absl::Status RemoveTag(const std::string& identifier,
                                 const std::string& key) = 0;
  // The first page, of 100.
  virtual absl::StatusOr<std::set<std::string>> List() = 0;
};

// `world` outlives them.
std::unique_ptr<ControlPort> MakeCppPort(World* world);
std::unique_ptr<ControlPort> MakeHttpPort(World* world);

}  // namespace dsql_testing

#endif  // TESTING_CHAOS_CONTROL_PORT_H_
