// SPDX-License-Identifier: Apache-2.0

#include "dsql/http/rest_json_handler.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "dsql/aws/errors.h"
#include "dsql/aws/service_model.h"
#include "dsql/base/clock.h"
#include "dsql/control/call_log.h"
#include "dsql/http/signature.h"
#include "dsql/v1/dsql.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dsql {
namespace http {
namespace {

using ::google::protobuf::Message;
using ::google::protobuf::MethodDescriptor;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::MatchesRegex;

class RestJsonHandlerTest : public ::testing::Test {
 protected:
  RestJsonOptions Options() {
    RestJsonOptions options;
    options.service = &ServiceModel();
    options.call = [this](const MethodDescriptor& method,
                          absl::string_view region, const Message& input,
                          Message* output, const Caller& caller) {
      caller_ = caller;
      calls_.push_back(absl::StrCat(method.name(), " in ", region, ": ",
                                    input.ShortDebugString()));
      if (method.name() == "GetCluster") {
        static_cast<v1::GetClusterOutput*>(output)->set_identifier("abc");
      }
      return answer_;
    };
    options.authenticate = [this](const HttpRequest&) {
      return authentication_;
    };
    options.record_refusal = [this](dsql::Call call) {
      refused_.Add(std::move(call));
    };
    options.log = [this](absl::string_view line) {
      log_.push_back(std::string(line));
    };
    options.default_region = "us-east-1";
    options.clock = &clock_;
    return options;
  }

  HttpResponse Call(const std::string& method, const std::string& target,
                    const std::string& body = "",
                    const HttpHeaders& headers = {}) {
    return handler_.Handle({method, target, headers, body});
  }

  static std::string Header(const HttpResponse& response,
                            absl::string_view name) {
    return FindHeader(response.headers, name).value_or("");
  }

  // What the next call answers.
  absl::Status answer_;
  Authentication authentication_;
  std::vector<std::string> calls_;
  // Of the latest call.
  Caller caller_;
  CallLog refused_;
  std::vector<std::string> log_;
  SimulatedClock clock_;
  RestJsonHandler handler_{Options()};
};

TEST_F(RestJsonHandlerTest, CallsTheOperationAndWritesItsAnswer) {
  const HttpResponse response = Call("GET", "/cluster/abc");
  EXPECT_THAT(calls_, ElementsAre("GetCluster in us-east-1: "
                                  "identifier: \"abc\""));
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(Header(response, "Content-Type"), "application/json");
  EXPECT_EQ(response.body, R"({"identifier":"abc","tags":{}})");
  EXPECT_THAT(log_, ElementsAre("GET /cluster/abc 200"));
}

TEST_F(RestJsonHandlerTest, BindsLabelsQueryAndBody) {
  Call("DELETE", "/tags/arn:x%2Fy?tagKeys=a&tagKeys=b");
  Call("POST", "/cluster/abc", R"({"deletionProtectionEnabled":false})");
  EXPECT_THAT(calls_,
              ElementsAre("UntagResource in us-east-1: "
                          "resource_arn: \"arn:x/y\" "
                          "tag_keys: \"a\" tag_keys: \"b\"",
                          "UpdateCluster in us-east-1: identifier: \"abc\" "
                          "deletion_protection_enabled: false"));
}

TEST_F(RestJsonHandlerTest, TheRegionIsThatOfTheSignature) {
  Call("GET", "/cluster", "",
       {{"Authorization",
         "AWS4-HMAC-SHA256 Credential=AKID/20260101/eu-west-1/dsql/"
         "aws4_request, SignedHeaders=host, Signature=00"}});
  Call("GET",
       "/cluster?X-Amz-Credential=AKID%2F20260101%2Fap-south-1%2Fdsql%2F"
       "aws4_request");
  EXPECT_THAT(calls_, ElementsAre("ListClusters in eu-west-1: ",
                                  "ListClusters in ap-south-1: "));
}

TEST_F(RestJsonHandlerTest, TheRegionMustBeOne) {
  const HttpResponse response =
      Call("GET", "/cluster?X-Amz-Credential=a/b/US%20/dsql/aws4_request");
  EXPECT_EQ(response.status, 403);
  EXPECT_EQ(Header(response, "x-amzn-ErrorType"), "InvalidSignatureException");
  EXPECT_THAT(calls_, IsEmpty());
}

TEST_F(RestJsonHandlerTest, ErrorsAreAnswered) {
  answer_ = ConflictException("busy", "abc", "cluster");
  const HttpResponse response = Call("GET", "/cluster/abc");
  EXPECT_EQ(response.status, 409);
  EXPECT_EQ(Header(response, "x-amzn-ErrorType"), "ConflictException");
}

TEST_F(RestJsonHandlerTest, WhatCannotBeParsedIsNotCalled) {
  const HttpResponse response = Call("POST", "/cluster", "{");
  EXPECT_EQ(response.status, 400);
  EXPECT_EQ(Header(response, "x-amzn-ErrorType"), "ValidationException");
  EXPECT_THAT(calls_, IsEmpty());
}

TEST_F(RestJsonHandlerTest, WhatIsRefusedIsNotCalled) {
  authentication_.refusal = {403, "InvalidSignatureException", "no"};
  const HttpResponse response = Call("POST", "/cluster", "{");
  EXPECT_EQ(response.status, 403);
  EXPECT_NE(Header(response, "x-amzn-RequestId"), "");
  EXPECT_THAT(calls_, IsEmpty());
}

TEST_F(RestJsonHandlerTest, UnknownPathsAndMethodsAreUnknownOperations) {
  HttpResponse response = Call("GET", "/bucket");
  EXPECT_EQ(response.status, 404);
  EXPECT_EQ(Header(response, "x-amzn-ErrorType"), "UnknownOperationException");
  response = Call("PATCH", "/cluster/abc/policy");
  EXPECT_EQ(response.status, 405);
  EXPECT_EQ(Header(response, "x-amzn-ErrorType"), "UnknownOperationException");
  EXPECT_THAT(Header(response, "Allow"),
              ::testing::AllOf(::testing::HasSubstr("GET"),
                               ::testing::HasSubstr("POST"),
                               ::testing::HasSubstr("DELETE")));
  // As AWS, which has no operation with HEAD.
  EXPECT_EQ(Call("HEAD", "/cluster").status, 405);
  EXPECT_THAT(calls_, IsEmpty());
}

TEST_F(RestJsonHandlerTest, OptionsNamesTheMethodsOfAPath) {
  const HttpResponse response = Call("OPTIONS", "/stream/abc");
  EXPECT_EQ(response.status, 204);
  EXPECT_EQ(Header(response, "Allow"), "OPTIONS, POST, GET");
  const HttpResponse of_all = Call("OPTIONS", "*");
  EXPECT_EQ(of_all.status, 204);
  EXPECT_EQ(Header(of_all, "Allow"), "OPTIONS");
  EXPECT_EQ(Call("OPTIONS", "/bucket").status, 404);
  EXPECT_THAT(calls_, IsEmpty());
}

TEST_F(RestJsonHandlerTest, EveryAnswerHasARequestIdAndADate) {
  std::string last;
  for (const HttpResponse& response :
       {Call("GET", "/cluster"), Call("GET", "/"),
        Call("POST", "/cluster", "["), Call("OPTIONS", "/cluster"),
        handler_.Refuse(413, "too large")}) {
    EXPECT_THAT(Header(response, "x-amzn-RequestId"),
                MatchesRegex("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-"
                             "[0-9a-f]{4}-[0-9a-f]{12}"));
    EXPECT_NE(Header(response, "x-amzn-RequestId"), last);
    last = Header(response, "x-amzn-RequestId");
    EXPECT_EQ(Header(response, "Date"), "Thu, 01 Jan 2026 00:00:00 GMT");
  }
}

TEST_F(RestJsonHandlerTest, RefusalsHaveTheFormOfErrors) {
  const HttpResponse response = handler_.Refuse(413, "too large");
  EXPECT_EQ(response.status, 413);
  EXPECT_EQ(response.body, R"({"message":"too large"})");
  EXPECT_THAT(log_, ElementsAre("refused: 413"));
}

TEST_F(RestJsonHandlerTest, TheOperationKnowsItsCaller) {
  authentication_.principal_arn = "arn:aws:iam::000000000000:user/alice";
  const HttpResponse response = Call("GET", "/cluster");
  EXPECT_EQ(caller_.transport, Transport::kHttp);
  EXPECT_EQ(caller_.principal_arn, "arn:aws:iam::000000000000:user/alice");
  EXPECT_EQ(caller_.request_id, Header(response, "x-amzn-RequestId"));
  EXPECT_THAT(refused_.All(), IsEmpty());
}

TEST_F(RestJsonHandlerTest, WhatIsNotCalledIsRecorded) {
  Call("GET", "/bucket");
  Call("PATCH", "/cluster/abc/policy");
  const HttpResponse malformed = Call("POST", "/cluster", "{");
  handler_.Refuse(413, "too large");
  authentication_.refusal = {403, "InvalidSignatureException", "no"};
  Call("GET", "/cluster?X-Amz-Signature=00");
  const std::vector<dsql::Call> refused = refused_.Refused();
  std::vector<std::string> lines;
  for (const dsql::Call& call : refused) {
    lines.push_back(absl::StrCat(call.operation, "; ", call.http_request, "; ",
                                 call.http_status, "; ", call.region));
    EXPECT_FALSE(call.status.ok());
    EXPECT_EQ(call.time, clock_.Now());
  }
  EXPECT_THAT(
      lines,
      ElementsAre("; GET /bucket; 404; us-east-1",
                  "; PATCH /cluster/abc/policy; 405; us-east-1",
                  "CreateCluster; POST /cluster; 400; us-east-1",
                  "; refused:; 413; ",
                  "ListClusters; GET /cluster?X-Amz-Signature=REDACTED; 403; "
                  "us-east-1"));
  EXPECT_EQ(refused[2].caller.request_id,
            Header(malformed, "x-amzn-RequestId"));
  EXPECT_EQ(refused[4].status.message(), "InvalidSignatureException: no");
}

TEST_F(RestJsonHandlerTest, TheLogHasNoSecrets) {
  Call("GET",
       "/cluster?max-results=7&X-Amz-Credential=AKID&X-Amz-Security-Token=t");
  EXPECT_THAT(log_, ElementsAre("GET /cluster?max-results=7&"
                                "X-Amz-Credential=REDACTED&"
                                "X-Amz-Security-Token=REDACTED 200"));
}

TEST_F(RestJsonHandlerTest, TheLogTellsWhatShouldHaveBeenSigned) {
  authentication_.refusal = {403, "InvalidSignatureException", "no"};
  authentication_.diagnosis = "The canonical request should have been";
  Call("GET", "/cluster");
  EXPECT_THAT(log_, ElementsAre("GET /cluster 403",
                                "The canonical request should have been"));
}

}  // namespace
}  // namespace http
}  // namespace dsql
