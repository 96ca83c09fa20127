// SPDX-License-Identifier: Apache-2.0

#include "dsql/control/call_log.h"

#include <memory>
#include <sstream>
#include <string>
#include <utility>

#include "dsql/aws/errors.h"
#include "dsql/v1/dsql.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dsql {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Property;
using ::testing::SizeIs;

Call CallOf(const std::string& operation, const std::string& identifier) {
  v1::GetClusterInput input;
  input.set_identifier(identifier);
  Call call;
  call.operation = operation;
  call.region = "us-east-1";
  call.request = std::make_shared<v1::GetClusterInput>(input);
  return call;
}

Call Refused() {
  Call call;
  call.operation = "GetCluster";
  call.region = "us-east-1";
  call.caller.transport = Transport::kHttp;
  call.http_request = "GET /cluster/a";
  call.http_status = 403;
  call.status = absl::PermissionDeniedError("InvalidSignatureException: no");
  return call;
}

std::string Printed(const Call& call) { return ::testing::PrintToString(call); }

TEST(CallLogTest, FindsCallsByOperationAndType) {
  CallLog log;
  log.Add(CallOf("GetCluster", "a"));
  log.Add(CallOf("GetCluster", "b"));
  Call list;
  list.operation = "ListClusters";
  list.request = std::make_shared<v1::ListClustersInput>();
  list.answer = std::make_shared<v1::ListClustersOutput>();
  log.Add(list);
  EXPECT_EQ(log.Count("GetCluster"), 2);
  EXPECT_EQ(log.Count("CreateCluster"), 0);
  EXPECT_THAT(log.Of("GetCluster"), SizeIs(2));
  EXPECT_THAT(log.Requests<v1::GetClusterInput>(),
              ElementsAre(Property(&v1::GetClusterInput::identifier, "a"),
                          Property(&v1::GetClusterInput::identifier, "b")));
  EXPECT_THAT(log.Requests<v1::CreateClusterInput>(), IsEmpty());
  EXPECT_THAT(log.Answers<v1::ListClustersOutput>(), SizeIs(1));
  EXPECT_THAT(log.Answers<v1::GetClusterOutput>(), IsEmpty());
  log.Clear();
  EXPECT_THAT(log.All(), IsEmpty());
}

TEST(CallLogTest, RefusedRequestsAreNoCalls) {
  CallLog log;
  log.Add(CallOf("GetCluster", "a"));
  log.Add(Refused());
  EXPECT_THAT(log.All(), SizeIs(2));
  EXPECT_EQ(log.Count("GetCluster"), 1);
  EXPECT_THAT(log.Of("GetCluster"), SizeIs(1));
  ASSERT_THAT(log.Refused(), SizeIs(1));
  EXPECT_EQ(log.Refused()[0].http_status, 403);
}

TEST(CallLogTest, ForgetsTheOldest) {
  CallLog log;
  log.Add(CallOf("First", "a"));
  for (size_t i = 0; i < CallLog::kCapacity - 1; ++i) {
    log.Add(CallOf("Later", "a"));
  }
  EXPECT_EQ(log.Count("First"), 1);
  log.Add(CallOf("Later", "a"));
  EXPECT_EQ(log.Count("First"), 0);
  EXPECT_EQ(log.Count("Later"), CallLog::kCapacity);
}

TEST(CallLogTest, PrintsACallInALine) {
  Call call = CallOf("GetCluster", "a");
  v1::GetClusterOutput output;
  output.set_identifier("a");
  call.answer = std::make_shared<v1::GetClusterOutput>(output);
  EXPECT_EQ(Printed(call),
            "GetCluster {identifier: \"a\"} in us-east-1 -> OK "
            "{identifier: \"a\"}");
  call.caller = {Transport::kHttp, "arn:aws:iam::000000000000:user/ci", "r1"};
  call.http_status = 429;
  call.answer = nullptr;
  call.status = ThrottlingException("slow down", 3);
  EXPECT_EQ(Printed(call),
            "GetCluster {identifier: \"a\"} in us-east-1 over HTTP by "
            "arn:aws:iam::000000000000:user/ci -> 429 ThrottlingException: "
            "slow down");
  EXPECT_EQ(Printed(Refused()),
            "GetCluster in us-east-1 over HTTP, GET /cluster/a -> 403 "
            "InvalidSignatureException: no");
  Call unknown = Refused();
  unknown.operation = "";
  EXPECT_EQ(Printed(unknown),
            "no operation in us-east-1 over HTTP, GET /cluster/a -> 403 "
            "InvalidSignatureException: no");
}

TEST(CallLogTest, PrintsAllCalls) {
  CallLog log;
  std::ostringstream none;
  none << log;
  EXPECT_EQ(none.str(), "No calls.\n");
  log.Add(CallOf("GetCluster", "a"));
  log.Add(CallOf("GetCluster", "b"));
  std::ostringstream two;
  two << log;
  EXPECT_EQ(two.str(),
            "GetCluster {identifier: \"a\"} in us-east-1 -> OK\n"
            "GetCluster {identifier: \"b\"} in us-east-1 -> OK\n");
}

}  // namespace
}  // namespace dsql
