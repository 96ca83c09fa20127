// SPDX-License-Identifier: Apache-2.0

// Compares everything that can be read of a control plane with ReferenceModel.

#ifndef DSQL_CONTROL_MODEL_COMPARISON_H_
#define DSQL_CONTROL_MODEL_COMPARISON_H_

#include <string>
#include <vector>

#include "dsql/control/control_plane.h"
#include "dsql/control/control_plane_fixture.h"
#include "dsql/control/reference_model.h"

namespace dsql {

// The ARN of the cluster "<region>/<identifier>".
std::string ArnOfName(const std::string& name);

// One comparison at one moment.
class ModelComparison {
 public:
  // Owns none of the pointers. Lists are read by pages of `page` entries.
  ModelComparison(ControlPlane* control, TrackingDataPlane* data_plane,
                  ReferenceModel* model, int page)
      : control_(*control),
        data_plane_(*data_plane),
        model_(*model),
        page_(page) {}

  // Fails the test at each difference. `names` are those of all clusters that
  // ever were.
  void Compare(const std::vector<std::string>& names);

 private:
  void CompareCluster(const ReferenceModel::Cluster& cluster);
  void ComparePolicy(const ReferenceModel::Cluster& cluster);
  void CompareStreams(const ReferenceModel::Cluster& cluster);
  void CompareTags(const std::string& arn, const ReferenceModel::Tags& tags);
  std::vector<std::string> ListClusters(const std::string& region);
  std::vector<std::string> ListStreams();

  ControlPlane& control_;
  TrackingDataPlane& data_plane_;
  ReferenceModel& model_;
  const int page_;
  // The cluster that is being compared.
  std::string region_;
  std::string id_;
};

}  // namespace dsql

#endif  // DSQL_CONTROL_MODEL_COMPARISON_H_
