// SPDX-License-Identifier: Apache-2.0

#include "examples/order_store.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "dsql/aws/errors.h"
#include "dsql/postgres/result.h"
#include "dsql/v1/dsql.pb.h"

namespace examples {

absl::StatusOr<OrderStore> OrderStore::Open(const std::string& conninfo) {
  auto connection = dsql::postgres::Connection::Open(conninfo);
  if (!connection.ok()) return connection.status();
  const auto created = connection->Execute(
      "CREATE TABLE IF NOT EXISTS orders ("
      "  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),"
      "  customer text NOT NULL,"
      "  cents bigint NOT NULL CHECK (cents >= 0))");
  if (!created.ok()) return created.status();
  return OrderStore(*std::move(connection));
}

absl::StatusOr<std::string> OrderStore::Add(const Order& order) {
  if (order.cents < 0) {
    return absl::InvalidArgumentError("An order's amount cannot be negative");
  }
  const auto rows = connection_.Query(
      "INSERT INTO orders (customer, cents) VALUES ($1, $2) RETURNING id",
      {order.customer, order.cents});
  if (!rows.ok()) return rows.status();
  return rows->Scalar<std::string>();
}

absl::StatusOr<Order> OrderStore::Find(const std::string& id) {
  const auto rows = connection_.Query(
      "SELECT customer, cents FROM orders WHERE id = $1", {id});
  if (!rows.ok()) return rows.status();
  if (rows->empty()) {
    return absl::NotFoundError(absl::StrCat("There is no order ", id));
  }
  const auto customer = rows->Get<std::string>(0, "customer");
  if (!customer.ok()) return customer.status();
  const auto cents = rows->Get<int64_t>(0, "cents");
  if (!cents.ok()) return cents.status();
  return Order{*customer, *cents};
}

absl::StatusOr<int64_t> OrderStore::TotalCents(const std::string& customer) {
  const auto rows = connection_.Query(
      "SELECT coalesce(sum(cents), 0)::bigint FROM orders WHERE customer = $1",
      {customer});
  if (!rows.ok()) return rows.status();
  return rows->Scalar<int64_t>();
}

absl::StatusOr<std::string> CreateOrderCluster(dsql::ClusterManager* clusters,
                                               int attempts) {
  absl::StatusOr<dsql::v1::CreateClusterOutput> created;
  for (int attempt = 0; attempt < attempts; ++attempt) {
    created = clusters->CreateCluster({});
    const absl::optional<dsql::v1::ErrorDetail> error =
        dsql::GetErrorDetail(created.status());
    const bool throttled =
        error.has_value() &&
        error->shape() == dsql::v1::AwsError::ThrottlingException;
    if (!throttled) break;
  }
  if (!created.ok()) return created.status();
  return created->identifier();
}

}  // namespace examples
