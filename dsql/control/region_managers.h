// SPDX-License-Identifier: Apache-2.0

// The managers of one Region, as one caller has them.

#ifndef DSQL_CONTROL_REGION_MANAGERS_H_
#define DSQL_CONTROL_REGION_MANAGERS_H_

#include <string>

#include "dsql/control/caller.h"
#include "dsql/control/cluster_manager.h"
#include "dsql/control/environment.h"
#include "dsql/control/fake_cluster_manager.h"
#include "dsql/control/fake_policy_manager.h"
#include "dsql/control/fake_stream_manager.h"
#include "dsql/control/fake_tag_manager.h"
#include "dsql/control/policy_manager.h"
#include "dsql/control/stream_manager.h"
#include "dsql/control/tag_manager.h"

namespace dsql {

// RegionManagers owns the four managers of a Region. Thread-safe.
class RegionManagers {
 public:
  // `environment` is not owned.
  RegionManagers(const Environment* environment, const std::string& region,
                 const Caller& caller)
      : clusters_(environment, region, caller),
        streams_(environment, region, caller),
        policies_(environment, region, caller),
        tags_(environment, region, caller) {}

  ClusterManager& clusters() { return clusters_; }
  StreamManager& streams() { return streams_; }
  PolicyManager& policies() { return policies_; }
  TagManager& tags() { return tags_; }

 private:
  FakeClusterManager clusters_;
  FakeStreamManager streams_;
  FakePolicyManager policies_;
  FakeTagManager tags_;
};

}  // namespace dsql

#endif  // DSQL_CONTROL_REGION_MANAGERS_H_
