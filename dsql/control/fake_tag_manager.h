// SPDX-License-Identifier: Apache-2.0

#ifndef DSQL_CONTROL_FAKE_TAG_MANAGER_H_
#define DSQL_CONTROL_FAKE_TAG_MANAGER_H_

#include <string>
#include <utility>

#include "dsql/control/caller.h"
#include "dsql/control/environment.h"
#include "dsql/control/tag_manager.h"

namespace dsql {

// The tags of the clusters and streams of one Region, which their records hold.
class FakeTagManager final : public TagManager {
 public:
  // Answers calls of `caller`. `environment` is not owned.
  FakeTagManager(const Environment* environment, std::string region,
                 Caller caller = {})
      : environment_(*environment),
        region_(std::move(region)),
        caller_(std::move(caller)) {}

  absl::StatusOr<v1::TagResourceOutput> TagResource(
      const v1::TagResourceInput& input) override;
  absl::StatusOr<v1::UntagResourceOutput> UntagResource(
      const v1::UntagResourceInput& input) override;
  absl::StatusOr<v1::ListTagsForResourceOutput> ListTagsForResource(
      const v1::ListTagsForResourceInput& input) override;

 private:
  const Environment& environment_;
  const std::string region_;
  const Caller caller_;
};

}  // namespace dsql

#endif  // DSQL_CONTROL_FAKE_TAG_MANAGER_H_
