// SPDX-License-Identifier: Apache-2.0

#include "dsql/endpoint_addresses.h"

#include <utility>

#include "dsql/base/status_macros.h"
#include "dsql/v1/records.pb.h"

namespace dsql {
namespace {

constexpr char kTable[] = "endpoints";

}  // namespace

absl::StatusOr<absl::optional<EndpointAddress>> EndpointAddresses::Find(
    absl::string_view name) {
  if (storage_ == nullptr) return absl::nullopt;
  DSQL_ASSIGN_OR_RETURN(const absl::optional<StorageRecord> stored,
                        storage_->Get(kTable, name));
  v1::EndpointRecord record;
  // One that cannot be read is as good as none: another address is chosen.
  if (!stored.has_value() || !record.ParseFromString(stored->value))
    return absl::nullopt;
  return EndpointAddress{record.host(), record.port()};
}

absl::Status EndpointAddresses::Keep(absl::string_view name,
                                     const EndpointAddress& address) {
  if (storage_ == nullptr) return absl::OkStatus();
  DSQL_ASSIGN_OR_RETURN(const absl::optional<EndpointAddress> kept, Find(name));
  if (kept.has_value() && kept->host == address.host &&
      kept->port == address.port) {
    return absl::OkStatus();
  }
  v1::EndpointRecord record;
  record.set_host(address.host);
  record.set_port(address.port);
  WriteBatch batch;
  batch.Put(kTable, name, record.SerializeAsString());
  return storage_->Commit(batch);
}

absl::Status EndpointAddresses::Forget(absl::string_view name) {
  if (storage_ == nullptr) return absl::OkStatus();
  WriteBatch batch;
  batch.Delete(kTable, name);
  return storage_->Commit(batch);
}

}  // namespace dsql
