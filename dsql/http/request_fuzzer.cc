// SPDX-License-Identifier: Apache-2.0

// Fuzzes the way of a client's bytes to an operation and back:
//
//   bazel run --config=asan //dsql/http:request_fuzzer -- $PWD/corpus
//
// request_corpus_test replays testdata/requests through the same function.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/strings/string_view.h"
#include "dsql/aws/service_model.h"
#include "dsql/base/clock.h"
#include "dsql/control/caller.h"
#include "dsql/control/identifier_style.h"
#include "dsql/control/model_validator.h"
#include "dsql/http/http_message.h"
#include "dsql/http/request_parser.h"
#include "dsql/http/response_encoding.h"
#include "dsql/http/rest_json_handler.h"
#include "dsql/http/signature.h"
#include "dsql/iam/credentials.h"

namespace {

using ::dsql::http::HttpRequest;
using ::dsql::http::HttpResponse;
using ::dsql::http::RequestLimits;
using ::dsql::http::RequestParser;
using ::dsql::http::RestJsonHandler;
using ::dsql::http::RestJsonOptions;
using ::google::protobuf::Message;
using ::google::protobuf::MethodDescriptor;

// A handler whose operations validate their input and return an empty output.
class Fake {
 public:
  Fake() { credentials_.Put({"AKID", "secret", "", "arn:aws:iam::1:root"}); }

  HttpResponse Handle(const HttpRequest& request) {
    dsql::http::Authenticate(request, credentials_, clock_.Now());
    return handler_.Handle(request);
  }

 private:
  RestJsonOptions Options() {
    RestJsonOptions options;
    options.service = &dsql::ServiceModel();
    options.call = [this](const MethodDescriptor&, absl::string_view,
                          const Message& input, Message*, const dsql::Caller&) {
      return validator_.Validate(input);
    };
    options.default_region = "us-east-1";
    options.clock = &clock_;
    return options;
  }

  dsql::SimulatedClock clock_;
  dsql::ModelValidator validator_{dsql::IdentifierStyle::kAws};
  dsql::CredentialStore credentials_;
  RestJsonHandler handler_{Options()};
};

// Parses `bytes` in portions of `step` and answers what requests there are, as
// a connection does.
void Serve(absl::string_view bytes, size_t step, Fake* fake) {
  RequestLimits limits;
  limits.header_bytes = 2048;
  limits.body_bytes = 4096;
  RequestParser parser(limits);
  std::string inbox;
  while (!bytes.empty() && !parser.failed()) {
    inbox.append(bytes.data(), std::min(step, bytes.size()));
    bytes.remove_prefix(std::min(step, bytes.size()));
    do {
      inbox.erase(0, parser.Parse(inbox));
      if (!parser.done()) break;
      EncodeResponse(fake->Handle(parser.TakeRequest()), {});
    } while (!inbox.empty());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static Fake* const fake = new Fake;
  const absl::string_view bytes(reinterpret_cast<const char*>(data), size);
  Serve(bytes, bytes.size(), fake);
  Serve(bytes, 1, fake);
  Serve(bytes, 7, fake);
  return 0;
}
