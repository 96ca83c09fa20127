// SPDX-License-Identifier: Apache-2.0

// A change stream as a test holds it.

#ifndef DSQL_CHANGE_STREAM_H_
#define DSQL_CHANGE_STREAM_H_

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "dsql/streams/change_record_sink.h"

namespace dsql {

class FakeDsqlCore;
namespace v1 {
enum StreamFailureErrorCode_Value : int;
}  // namespace v1
namespace streams {
class StreamDelivery;
}  // namespace streams

// ChangeStream is a handle on a stream that was created by
// StreamManager::CreateStream(), a value that may outlive the FakeDsql:
//
//   auto stream = fake->stream(created.arn());
//   connection->Execute("INSERT INTO orders VALUES (1)");
//   auto records = stream->WaitForRecords(1);
//
// Records are delivered to the Kinesis stream that it names, too, which a
// consumer reads at FakeDsql::http_endpoint(). See also Cluster::FlushStreams()
// and FakeDsqlOptions::streams.
//
// Errors of all methods: ResourceNotFoundException once it is deleted;
//   FailedPrecondition once the FakeDsql is destroyed.
// Thread-safe.
class ChangeStream {
 public:
  const std::string& arn() const { return arn_; }

  // What was delivered, repetitions included, in the order of the deliveries.
  absl::StatusOr<std::vector<ChangeRecord>> Records() const;

  // Waits until `count` records were delivered, and returns all that were.
  //
  // Errors: DeadlineExceeded, with how many there are and why not more.
  absl::StatusOr<std::vector<ChangeRecord>> WaitForRecords(
      size_t count, absl::Duration timeout = absl::Seconds(30)) const;

  // Keeps records until Release().
  absl::Status Hold() const;
  absl::Status Release() const;
  // The next `count` records are lost, and nobody is told.
  absl::Status DropNext(int count) const;
  // The next `count` attempts to deliver a record fail; the stream is IMPAIRED,
  // for `code`, until one succeeds, or FAILED for KINESIS_STREAM_NOT_FOUND.
  absl::Status FailNext(int count, v1::StreamFailureErrorCode_Value code) const;
  // Records are delivered once they are as old, by FakeDsqlOptions::clock.
  absl::Status SetDelay(absl::Duration delay) const;

  // What CloudWatch shows of it, and how many records wait.
  struct Metrics {
    bool is_impaired = false;
    // How old the oldest record is that waits; zero where none does.
    absl::Duration behind_source_lag;
    size_t pending_records = 0;
  };
  absl::StatusOr<Metrics> metrics() const;

  // Waits until it is ACTIVE: moves FakeDsqlOptions::clock where that is one
  // that a test moves, else asks again and again.
  //
  // Errors: FailedPrecondition where it is in a status that does not become
  //   ACTIVE by itself, IMPAIRED say; DeadlineExceeded after `timeout` of
  //   FakeDsqlOptions::clock.
  absl::Status WaitUntilActive(
      absl::Duration timeout = absl::Minutes(10)) const;

 private:
  friend class FakeDsqlCore;

  absl::StatusOr<std::shared_ptr<FakeDsqlCore>> core() const;

  std::weak_ptr<FakeDsqlCore> core_;
  std::string arn_;
};

}  // namespace dsql

#endif  // DSQL_CHANGE_STREAM_H_
