// SPDX-License-Identifier: Apache-2.0

// Where the endpoints of a FakeDsql are, for the process that comes after.

#ifndef DSQL_ENDPOINT_ADDRESSES_H_
#define DSQL_ENDPOINT_ADDRESSES_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "dsql/storage/storage.h"

namespace dsql {

struct EndpointAddress {
  std::string host;
  int port = 0;
};

// EndpointAddresses keeps addresses by the names of endpoints, or forgets them
// at once. Thread-safe.
class EndpointAddresses {
 public:
  // Keeps nothing where `storage` is null. Not owned.
  explicit EndpointAddresses(Storage* storage) : storage_(storage) {}

  // Errors of all: those of the Storage.
  absl::StatusOr<absl::optional<EndpointAddress>> Find(absl::string_view name);
  // Writes nothing where that is what Find() returns.
  absl::Status Keep(absl::string_view name, const EndpointAddress& address);
  absl::Status Forget(absl::string_view name);

 private:
  Storage* const storage_;
};

}  // namespace dsql

#endif  // DSQL_ENDPOINT_ADDRESSES_H_
