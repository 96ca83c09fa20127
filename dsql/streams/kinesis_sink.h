// SPDX-License-Identifier: Apache-2.0

// Change records for a Kinesis outside of this process.

#ifndef DSQL_STREAMS_KINESIS_SINK_H_
#define DSQL_STREAMS_KINESIS_SINK_H_

#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "dsql/streams/change_record_sink.h"

namespace dsql {

// KinesisSink puts records, signed, to a Kinesis that somebody runs, another
// fake say; for FakeDsqlOptions::streams.sink:
//
//   KinesisSink::Options target;
//   target.endpoint_url = "http://127.0.0.1:4566";
//   target.stream_name = "orders";
//   auto sink = KinesisSink::Create(target);
//   options.streams.sink = sink->get();
//
// A record that is refused is delivered again, and what Kinesis says is the
// stream's statusReason.
//
// Thread-safe.
class KinesisSink final : public ChangeRecordSink {
 public:
  struct Options {
    // "http://host:port". Not https.
    std::string endpoint_url;
    std::string stream_name;
    std::string region = "us-east-1";
    std::string access_key_id = "test";
    std::string secret_access_key = "test";
    // Empty for a user's key.
    std::string session_token;
    // For each record.
    absl::Duration timeout = absl::Seconds(10);
  };

  // Connects to nothing yet.
  //
  // Errors: InvalidArgument for an endpoint of another form, or no name.
  static absl::StatusOr<std::unique_ptr<KinesisSink>> Create(Options options);

  // Errors: a kinesis::KinesisException() for what Kinesis answers;
  //   Unavailable where it is not reached, DeadlineExceeded.
  absl::Status Deliver(absl::string_view stream_arn,
                       const ChangeRecord& record) override;

 private:
  KinesisSink(Options options, std::string host, std::string port)
      : options_(std::move(options)),
        host_(std::move(host)),
        port_(std::move(port)) {}

  const Options options_;
  const std::string host_;
  const std::string port_;
};

}  // namespace dsql

#endif  // DSQL_STREAMS_KINESIS_SINK_H_
