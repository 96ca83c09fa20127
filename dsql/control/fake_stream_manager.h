// SPDX-License-Identifier: Apache-2.0

#ifndef DSQL_CONTROL_FAKE_STREAM_MANAGER_H_
#define DSQL_CONTROL_FAKE_STREAM_MANAGER_H_

#include <string>
#include <utility>

#include "dsql/control/caller.h"
#include "dsql/control/environment.h"
#include "dsql/control/stream_manager.h"
#include "dsql/storage/storage.h"

namespace dsql {

// The streams of one Region. Keeps nothing itself: all is in Storage.
class FakeStreamManager final : public StreamManager {
 public:
  // Answers calls of `caller`. `environment` is not owned.
  FakeStreamManager(const Environment* environment, std::string region,
                    Caller caller = {})
      : environment_(*environment),
        region_(std::move(region)),
        caller_(std::move(caller)) {}

  absl::StatusOr<v1::CreateStreamOutput> CreateStream(
      const v1::CreateStreamInput& input) override;
  absl::StatusOr<v1::GetStreamOutput> GetStream(
      const v1::GetStreamInput& input) override;
  absl::StatusOr<v1::DeleteStreamOutput> DeleteStream(
      const v1::DeleteStreamInput& input) override;
  absl::StatusOr<v1::ListStreamsOutput> ListStreams(
      const v1::ListStreamsInput& input) override;

 private:
  absl::StatusOr<v1::CreateStreamOutput> AddCreation(
      const v1::CreateStreamInput& input, const std::string& identifier,
      WriteBatch* batch);
  absl::StatusOr<v1::DeleteStreamOutput> AddDeletion(
      const v1::DeleteStreamInput& input, WriteBatch* batch);
  absl::StatusOr<v1::ListStreamsOutput> List(const v1::ListStreamsInput& input);

  const Environment& environment_;
  const std::string region_;
  const Caller caller_;
};

}  // namespace dsql

#endif  // DSQL_CONTROL_FAKE_STREAM_MANAGER_H_
