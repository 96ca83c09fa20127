// The data plane over PostgreSQL: an endpoint for each cluster, and behind it a
// server that starts with the first connection.

#ifndef DSQL_POSTGRES_DATA_PLANE_H_
#define DSQL_POSTGRES_DATA_PLANE_H_

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "dsql/control/control_plane.h"
#include "dsql/control/data_plane.h"
#include "dsql/gateway/gateway.h"
#include "dsql/gateway/gateway_options.h"
#include "dsql/postgres/connection_parameters.h"
#include "dsql/postgres/server_pool.h"

namespace dsql {

// Thread-safe.
class PostgresDataPlane final : public DataPlane {
 public:
  // What a connection has to know of its cluster; see
  // ControlPlane::GetClusterState().
  using FindCluster = std::function<absl::StatusOr<ControlPlane::ClusterState>(
      absl::string_view region, absl::string_view cluster_identifier)>;

  PostgresDataPlane(std::shared_ptr<postgres::ServerPool> pool,
                    FindCluster find_cluster, GatewayOptions gateway_options);
  ~PostgresDataPlane() override;

  // "127.0.0.1:<port>".
  absl::StatusOr<std::string> Endpoint(
      absl::string_view region, absl::string_view cluster_identifier) override;
  void Close(absl::string_view region,
             absl::string_view cluster_identifier) override;

  // Makes sure that the cluster's server runs, and returns how to connect to it
  // through the cluster's endpoint.
  //
  // Errors: as OpenServer(), and Unavailable where no port can be opened.
  absl::StatusOr<postgres::ConnectionParameters> Connection(
      absl::string_view region, absl::string_view cluster_identifier);

  // Ends every endpoint and gives the servers back. Idempotent.
  void Stop();

 private:
  class Backend;

  // The rows of one cluster, or of the two of a multi-Region pair.
  struct Database {
    absl::Mutex mutex;
    postgres::Lease lease ABSL_GUARDED_BY(mutex);
  };

  absl::StatusOr<int> Port(const std::string& region,
                           const std::string& cluster_identifier);

  // Makes sure that the cluster's server runs, and returns how to connect to
  // it.
  //
  // Errors: ResourceNotFoundException; a SqlError() while the cluster's status
  //   admits no connections; those of ServerPool::Acquire(); Unavailable where
  //   the server has died, as its data is lost.
  absl::StatusOr<postgres::ConnectionParameters> OpenServer(
      const std::string& region, const std::string& cluster_identifier);

  // The id of the cluster's database, if it may be connected to.
  absl::StatusOr<std::string> DatabaseId(const std::string& region,
                                         const std::string& cluster_identifier);
  absl::StatusOr<std::shared_ptr<Database>> GetDatabase(
      const std::string& cluster, const std::string& database_id);
  absl::StatusOr<postgres::ConnectionParameters> Lease(Database* database);

  const std::shared_ptr<postgres::ServerPool> pool_;
  const FindCluster find_cluster_;
  const GatewayOptions gateway_options_;
  absl::Mutex mutex_;
  // Made with the first endpoint, because it has threads.
  std::unique_ptr<Gateway> gateway_ ABSL_GUARDED_BY(mutex_);
  // The port of each endpoint, by the cluster's name.
  std::map<std::string, int> ports_ ABSL_GUARDED_BY(mutex_);
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  std::map<std::string, std::shared_ptr<Database>> databases_
      ABSL_GUARDED_BY(mutex_);
  // The id of each cluster's database, once it has been connected to.
  std::map<std::string, std::string> database_ids_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace dsql

#endif  // DSQL_POSTGRES_DATA_PLANE_H_
