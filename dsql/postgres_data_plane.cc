#include "dsql/postgres_data_plane.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "dsql/base/sql_error.h"
#include "dsql/base/status_macros.h"

namespace dsql {
namespace {

constexpr char kHost[] = "127.0.0.1";

std::string ClusterName(absl::string_view region,
                        absl::string_view cluster_identifier) {
  return absl::StrCat(region, "/", cluster_identifier);
}

bool AdmitsConnections(v1::ClusterStatus::Value status) {
  switch (status) {
    case v1::ClusterStatus::ACTIVE:
    case v1::ClusterStatus::IDLE:
    case v1::ClusterStatus::INACTIVE:
    case v1::ClusterStatus::UPDATING:
    case v1::ClusterStatus::PENDING_DELETE:
      return true;
    default:
      return false;
  }
}

absl::Status NotConnectable(const std::string& cluster_identifier,
                            v1::ClusterStatus::Value status) {
  v1::SqlErrorDetail detail;
  detail.set_severity("FATAL");
  detail.set_sqlstate("08006");
  detail.set_message(absl::StrCat("unable to accept connection, cluster ",
                                  cluster_identifier, " is ",
                                  v1::ClusterStatus::Value_Name(status)));
  detail.set_hint(
      "Wait until GetCluster answers ACTIVE. Where FakeDsql was given a Clock, "
      "move it.");
  return SqlError(detail);
}

absl::Status CannotListen() {
  return absl::UnavailableError(
      absl::StrCat("Cannot listen on a port of 127.0.0.1 for the endpoint of a "
                   "cluster: ",
                   strerror(errno)));
}

struct ListeningSocket {
  int fd;
  int port;
};

absl::StatusOr<ListeningSocket> ListenOnLoopback() {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return CannotListen();
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (bind(fd, generic, size) != 0 || listen(fd, SOMAXCONN) != 0 ||
      getsockname(fd, generic, &size) != 0) {
    const absl::Status status = CannotListen();
    close(fd);
    return status;
  }
  return ListeningSocket{fd, ntohs(address.sin_port)};
}

absl::Status Stopped() {
  return absl::FailedPreconditionError(
      "FakeDsql has been stopped. Stop it only when the code under test is "
      "done "
      "with it");
}

}  // namespace

// Lets everybody in by the role that he names.
class PostgresDataPlane::Backend final : public ClusterBackend {
 public:
  Backend(PostgresDataPlane* data_plane, std::string region,
          std::string cluster_identifier)
      : data_plane_(data_plane),
        region_(std::move(region)),
        cluster_identifier_(std::move(cluster_identifier)) {}

  bool asks_for_password() const override { return false; }

  absl::StatusOr<Login> Authenticate(const LoginRequest& request) override {
    Login login;
    login.role = request.user;
    return login;
  }

  absl::StatusOr<ServerAddress> OpenServer() override {
    DSQL_ASSIGN_OR_RETURN(
        const postgres::ConnectionParameters server,
        data_plane_->OpenServer(region_, cluster_identifier_));
    ServerAddress address;
    address.host = server.host;
    address.port = server.port;
    return address;
  }

 private:
  PostgresDataPlane* const data_plane_;
  const std::string region_;
  const std::string cluster_identifier_;
};

PostgresDataPlane::PostgresDataPlane(std::shared_ptr<postgres::ServerPool> pool,
                                     FindCluster find_cluster,
                                     GatewayOptions gateway_options)
    : pool_(std::move(pool)),
      find_cluster_(std::move(find_cluster)),
      gateway_options_(std::move(gateway_options)) {}

PostgresDataPlane::~PostgresDataPlane() { Stop(); }

absl::StatusOr<std::string> PostgresDataPlane::Endpoint(
    absl::string_view region, absl::string_view cluster_identifier) {
  DSQL_ASSIGN_OR_RETURN(const int port, Port(std::string(region),
                                             std::string(cluster_identifier)));
  return absl::StrCat(kHost, ":", port);
}

absl::StatusOr<int> PostgresDataPlane::Port(
    const std::string& region, const std::string& cluster_identifier) {
  const std::string name = ClusterName(region, cluster_identifier);
  absl::MutexLock lock(&mutex_);
  if (stopped_) return Stopped();
  const auto found = ports_.find(name);
  if (found != ports_.end()) return found->second;
  if (gateway_ == nullptr) {
    gateway_ = std::make_unique<Gateway>(gateway_options_);
  }
  DSQL_ASSIGN_OR_RETURN(const ListeningSocket socket, ListenOnLoopback());
  DSQL_RETURN_IF_ERROR(gateway_->Serve(
      name, socket.fd,
      std::make_shared<Backend>(this, region, cluster_identifier)));
  ports_[name] = socket.port;
  return socket.port;
}

void PostgresDataPlane::Close(absl::string_view region,
                              absl::string_view cluster_identifier) {
  const std::string cluster = ClusterName(region, cluster_identifier);
  std::shared_ptr<Database> database;  // Given back without the lock.
  absl::MutexLock lock(&mutex_);
  if (gateway_ != nullptr) gateway_->Close(cluster);
  ports_.erase(cluster);
  const auto id = database_ids_.find(cluster);
  if (id == database_ids_.end()) return;
  const auto found = databases_.find(id->second);
  if (found != databases_.end()) {
    database = std::move(found->second);
    databases_.erase(found);
  }
  database_ids_.erase(id);
}

absl::StatusOr<postgres::ConnectionParameters> PostgresDataPlane::Connection(
    absl::string_view region, absl::string_view cluster_identifier) {
  DSQL_ASSIGN_OR_RETURN(
      postgres::ConnectionParameters parameters,
      OpenServer(std::string(region), std::string(cluster_identifier)));
  DSQL_ASSIGN_OR_RETURN(const int port, Port(std::string(region),
                                             std::string(cluster_identifier)));
  parameters.host = kHost;
  parameters.port = absl::StrCat(port);
  return parameters;
}

absl::StatusOr<postgres::ConnectionParameters> PostgresDataPlane::OpenServer(
    const std::string& region, const std::string& cluster_identifier) {
  DSQL_ASSIGN_OR_RETURN(const std::string database_id,
                        DatabaseId(region, cluster_identifier));
  DSQL_ASSIGN_OR_RETURN(
      const std::shared_ptr<Database> database,
      GetDatabase(ClusterName(region, cluster_identifier), database_id));
  // Once more: had it been deleted since, nobody would close the database.
  const absl::Status still_there =
      DatabaseId(region, cluster_identifier).status();
  if (!still_there.ok()) {
    Close(region, cluster_identifier);
    return still_there;
  }
  return Lease(database.get());
}

absl::StatusOr<std::string> PostgresDataPlane::DatabaseId(
    const std::string& region, const std::string& cluster_identifier) {
  DSQL_ASSIGN_OR_RETURN(ControlPlane::ClusterState state,
                        find_cluster_(region, cluster_identifier));
  if (!AdmitsConnections(state.status)) {
    return NotConnectable(cluster_identifier, state.status);
  }
  return std::move(state.database_id);
}

absl::StatusOr<std::shared_ptr<PostgresDataPlane::Database>>
PostgresDataPlane::GetDatabase(const std::string& cluster,
                               const std::string& database_id) {
  absl::MutexLock lock(&mutex_);
  if (stopped_) return Stopped();
  database_ids_[cluster] = database_id;
  std::shared_ptr<Database>& database = databases_[database_id];
  if (database == nullptr) database = std::make_shared<Database>();
  return database;
}

absl::StatusOr<postgres::ConnectionParameters> PostgresDataPlane::Lease(
    Database* database) {
  absl::MutexLock lock(&database->mutex);
  if (!database->lease.valid()) {
    DSQL_ASSIGN_OR_RETURN(database->lease, pool_->Acquire());
  }
  DSQL_RETURN_IF_ERROR(database->lease.Health());
  return database->lease.connection();
}

void PostgresDataPlane::Stop() {
  std::unique_ptr<Gateway> gateway;
  {
    absl::MutexLock lock(&mutex_);
    stopped_ = true;
    gateway = std::move(gateway_);
  }
  // Without the lock: it waits for connections that take it.
  if (gateway != nullptr) gateway->Stop();
  std::map<std::string, std::shared_ptr<Database>> databases;
  absl::MutexLock lock(&mutex_);
  databases.swap(databases_);
  database_ids_.clear();
}

}  // namespace dsql
