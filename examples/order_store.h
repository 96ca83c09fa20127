// SPDX-License-Identifier: Apache-2.0

// A repository class such as services have: orders in a DSQL database. What it
// shows is its test, order_store_test.cc.

#ifndef EXAMPLES_ORDER_STORE_H_
#define EXAMPLES_ORDER_STORE_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "dsql/control/cluster_manager.h"
#include "dsql/postgres/connection.h"

namespace examples {

struct Order {
  std::string customer;
  int64_t cents = 0;
};

class OrderStore {
 public:
  // Connects to `conninfo` and makes the table if it is not there.
  static absl::StatusOr<OrderStore> Open(const std::string& conninfo);

  // Returns the new order's id. Errors: InvalidArgument for a negative amount.
  absl::StatusOr<std::string> Add(const Order& order);

  // Errors: NotFound.
  absl::StatusOr<Order> Find(const std::string& id);

  absl::StatusOr<int64_t> TotalCents(const std::string& customer);

 private:
  explicit OrderStore(dsql::postgres::Connection connection)
      : connection_(std::move(connection)) {}

  dsql::postgres::Connection connection_;
};

// Creates a cluster for orders; tries again where AWS throttles, `attempts`
// times in all.
absl::StatusOr<std::string> CreateOrderCluster(dsql::ClusterManager* clusters,
                                               int attempts);

}  // namespace examples

#endif  // EXAMPLES_ORDER_STORE_H_
