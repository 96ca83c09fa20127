// SPDX-License-Identifier: Apache-2.0

// Kinesis over HTTP, as AWS's clients call it: JSON 1.1.

#ifndef DSQL_STREAMS_KINESIS_KINESIS_HANDLER_H_
#define DSQL_STREAMS_KINESIS_KINESIS_HANDLER_H_

#include <functional>
#include <string>

#include "absl/strings/string_view.h"
#include "dsql/base/clock.h"
#include "dsql/base/id_generator.h"
#include "dsql/http/http_handler.h"
#include "dsql/http/http_message.h"
#include "dsql/http/signature.h"
#include "dsql/streams/kinesis/kinesis.h"

namespace dsql::kinesis {

struct KinesisHandlerOptions {
  // Not owned.
  Kinesis* kinesis = nullptr;
  // Who a request is of, and whether it is let in. Null: everybody is.
  std::function<http::Authentication(const http::HttpRequest& request)>
      authenticate;
  // The Region of requests that tell none; see http::RegionOf().
  std::string default_region;
  // Gets a line for each answer, "Kinesis GetRecords 200". May be null.
  std::function<void(absl::string_view line)> log;
  // For the header Date. Not owned.
  Clock* clock = nullptr;
};

// KinesisHandler answers requests that name an operation of Kinesis in the
// header X-Amz-Target. Signatures come first, then the operation, then the
// body.
//
// Fidelity: CBOR, which AWS's Java SDK sends unless aws.cborEnabled is false,
//   is refused.
// Thread-safe.
class KinesisHandler final : public http::HttpHandler {
 public:
  explicit KinesisHandler(KinesisHandlerOptions options);

  // Whether a request is for Kinesis.
  static bool Handles(const http::HttpRequest& request);

  http::HttpResponse Handle(const http::HttpRequest& request) override;
  http::HttpResponse Refuse(int status, absl::string_view message) override;

 private:
  http::HttpResponse Answer(const http::HttpRequest& request,
                            absl::string_view operation);

  const KinesisHandlerOptions options_;
  RandomIdGenerator request_ids_;
};

}  // namespace dsql::kinesis

#endif  // DSQL_STREAMS_KINESIS_KINESIS_HANDLER_H_
