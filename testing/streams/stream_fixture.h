// SPDX-License-Identifier: Apache-2.0

// What tests of change streams share.

#ifndef TESTING_STREAMS_STREAM_FIXTURE_H_
#define TESTING_STREAMS_STREAM_FIXTURE_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "dsql/change_stream.h"
#include "dsql/cluster.h"
#include "dsql/postgres/connection.h"
#include "dsql/testing/fake_dsql_fixture.h"

namespace dsql_testing {

// StreamTest has a cluster, a connection to it, and a stream of it whose
// Kinesis stream is called "target".
class StreamTest : public FakeDsqlTest {
 protected:
  void SetUp() override;

  // The stream that CreateStream makes of `cluster`.
  absl::StatusOr<dsql::ChangeStream> NewStream(
      const dsql::Cluster& cluster, const std::string& target = "target");

  void Run(const std::string& sql);

  // What was delivered since the last call, once all of it is: of each record
  // its op, table and images, in short: "c t {\"id\":1}".
  std::vector<std::string> Delivered();

  absl::optional<dsql::postgres::Connection> connection_;
  absl::optional<dsql::ChangeStream> stream_;

 private:
  size_t seen_ = 0;
};

}  // namespace dsql_testing

#endif  // TESTING_STREAMS_STREAM_FIXTURE_H_
