// SPDX-License-Identifier: Apache-2.0

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "dsql/base/status_macros.h"
#include "dsql/control/cluster_manager.h"
#include "dsql/fake_dsql.h"
#include "dsql/fake_dsql_options.h"
#include "dsql/v1/dsql.pb.h"
#include "testing/benchmarks/growth_panels.h"

namespace dsql_testing {
namespace {

using ::dsql::ClusterManager;
using ::dsql::FakeDsql;

// What takes less than the clock can tell is called so often at a time.
constexpr int kBatch = 100;
constexpr int kBatches = 30;

absl::StatusOr<std::string> Create(ClusterManager* clusters) {
  dsql::v1::CreateClusterInput input;
  (*input.mutable_tags())["Name"] = "my-cluster";
  DSQL_ASSIGN_OR_RETURN(const auto created, clusters->CreateCluster(input));
  return created.identifier();
}

// Microseconds of one GetCluster, over all clusters by turns.
absl::StatusOr<double> TimeGet(ClusterManager* clusters,
                               const std::vector<std::string>& identifiers) {
  size_t next = 0;
  DSQL_ASSIGN_OR_RETURN(
      const double milliseconds,
      MedianMilliseconds(kBatches, [&]() -> absl::Status {
        for (int i = 0; i < kBatch; ++i) {
          dsql::v1::GetClusterInput input;
          next = (next + 7919) % identifiers.size();
          input.set_identifier(identifiers[next]);
          DSQL_RETURN_IF_ERROR(clusters->GetCluster(input).status());
        }
        return absl::OkStatus();
      }));
  return milliseconds * 1000 / kBatch;
}

// Microseconds of one page of 50 clusters.
absl::StatusOr<double> TimePage(ClusterManager* clusters) {
  dsql::v1::ListClustersInput input;
  input.set_max_results(50);
  DSQL_ASSIGN_OR_RETURN(const double milliseconds,
                        MedianMilliseconds(kBatches, [&] {
                          return clusters->ListClusters(input).status();
                        }));
  return milliseconds * 1000;
}

// Microseconds of one CreateCluster.
absl::StatusOr<double> TimeCreate(ClusterManager* clusters) {
  DSQL_ASSIGN_OR_RETURN(
      const double milliseconds,
      MedianMilliseconds(kBatches, [&] { return Create(clusters).status(); }));
  return milliseconds * 1000;
}

absl::StatusOr<Panel> MeasureClusters(const std::vector<int64_t>& sizes) {
  Panel panel = {"clusters",
                 {{"CreateCluster, us", {}},
                  {"GetCluster, us", {}},
                  {"a page of ListClusters, us", {}}}};
  for (const int64_t size : sizes) {
    dsql::FakeDsqlOptions options;
    options.postgres.enabled = false;
    options.quotas.single_region_clusters = 1 << 30;
    DSQL_ASSIGN_OR_RETURN(const auto fake, FakeDsql::Create(options));
    ClusterManager& clusters = fake->clusters();
    std::vector<std::string> identifiers;
    for (int64_t i = 0; i < size; ++i) {
      DSQL_ASSIGN_OR_RETURN(std::string identifier, Create(&clusters));
      identifiers.push_back(std::move(identifier));
    }
    DSQL_ASSIGN_OR_RETURN(const double get, TimeGet(&clusters, identifiers));
    DSQL_ASSIGN_OR_RETURN(const double page, TimePage(&clusters));
    DSQL_ASSIGN_OR_RETURN(const double create, TimeCreate(&clusters));
    panel.curves[0].points.emplace_back(size, create);
    panel.curves[1].points.emplace_back(size, get);
    panel.curves[2].points.emplace_back(size, page);
  }
  return panel;
}

}  // namespace

Growth ClusterGrowth() { return {"clusters", 100000, MeasureClusters}; }

}  // namespace dsql_testing
