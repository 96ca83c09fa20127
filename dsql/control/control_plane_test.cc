// SPDX-License-Identifier: Apache-2.0

#include "dsql/control/control_plane.h"

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/synchronization/notification.h"
#include "absl/time/time.h"
#include "dsql/aws/errors.h"
#include "dsql/aws/service_model.h"
#include "dsql/base/clock.h"
#include "dsql/base/id_generator.h"
#include "dsql/control/control_plane_fixture.h"
#include "dsql/control/data_plane.h"
#include "dsql/control/fault_injector.h"
#include "dsql/storage/in_memory_storage.h"
#include "dsql/testing/aws_error_matchers.h"
#include "dsql/testing/proto_matchers.h"
#include "dsql/testing/status_matchers.h"
#include "dsql/v1/annotations.pb.h"
#include "gmock/gmock.h"
#include "google/protobuf/descriptor.h"
#include "gtest/gtest.h"

namespace dsql {
namespace {

using ::dsql_testing::EqualsProto;
using ::dsql_testing::IsAwsException;
using ::dsql_testing::IsInternalServerException;
using ::dsql_testing::IsOk;
using ::google::protobuf::Message;
using ::google::protobuf::MessageFactory;
using ::google::protobuf::MethodDescriptor;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Property;

class ControlPlaneTest : public ControlPlaneFixture {
 protected:
  static const google::protobuf::ServiceDescriptor& Service() {
    return ServiceModel();
  }

  // Calls an operation with an empty request.
  absl::Status CallEmpty(const MethodDescriptor& method) {
    auto* factory = MessageFactory::generated_factory();
    std::unique_ptr<Message> input(
        factory->GetPrototype(method.input_type())->New());
    std::unique_ptr<Message> output(
        factory->GetPrototype(method.output_type())->New());
    return control_->Call(method, kRegion, *input, output.get());
  }
};

TEST_F(ControlPlaneTest, CallReachesEveryOperation) {
  for (int i = 0; i < Service().method_count(); ++i) {
    const MethodDescriptor& method = *Service().method(i);
    const absl::Status status = CallEmpty(method);
    if (method.name() == "CreateCluster" || method.name() == "ListClusters") {
      EXPECT_THAT(status, IsOk());
    } else {
      EXPECT_THAT(status, IsAwsException(v1::AwsError::ValidationException))
          << method.name();
    }
    EXPECT_EQ(control_->calls().Count(method.name()), 1);
  }
}

// Sleeps like the machine's clock, but the test decides when a sleep is over.
class GatedClock final : public Clock {
 public:
  absl::Time Now() override { return absl::UnixEpoch(); }
  void SleepFor(absl::Duration duration) override {
    asleep.Notify();
    awake.WaitForNotification();
  }

  absl::Notification asleep;
  absl::Notification awake;
};

TEST(ControlPlaneStopTest, EndsTheDelayOfAFault) {
  GatedClock clock;
  InMemoryStorage storage;
  SeededIdGenerator ids(1);
  NullDataPlane data_plane;
  ControlPlane control({}, &storage, &clock, &ids, &data_plane);
  Fault fault;
  fault.operation = "ListClusters";
  fault.latency = absl::Hours(1);
  ASSERT_THAT(control.faults().Add(fault), IsOk());
  std::thread caller([&] {
    EXPECT_THAT(control.clusters("us-east-1").ListClusters({}),
                IsInternalServerException());
  });
  clock.asleep.WaitForNotification();
  control.Stop();
  clock.awake.Notify();
  caller.join();
}

TEST_F(ControlPlaneTest, TheCallLogHasWhatWasCalledAndAnswered) {
  v1::CreateClusterInput creation;
  creation.set_client_token("t1");
  const auto created = clusters(kPeerRegion).CreateCluster(creation);
  ASSERT_THAT(created, IsOk());
  v1::GetClusterInput nonsense;
  nonsense.set_identifier("nonsense");
  clusters().GetCluster(nonsense).IgnoreError();

  const std::vector<Call> calls = control_->calls().All();
  ASSERT_EQ(calls.size(), 2);
  EXPECT_EQ(calls[0].operation, "CreateCluster");
  EXPECT_EQ(calls[0].region, kPeerRegion);
  EXPECT_EQ(calls[0].time, clock_.Now());
  EXPECT_EQ(calls[0].caller.transport, Transport::kCpp);
  EXPECT_EQ(calls[0].caller.principal_arn, "");
  EXPECT_EQ(calls[0].http_status, 0);
  ASSERT_NE(calls[0].AnswerAs<v1::CreateClusterOutput>(), nullptr);
  EXPECT_THAT(*calls[0].AnswerAs<v1::CreateClusterOutput>(),
              EqualsProto(*created));
  EXPECT_EQ(calls[1].answer, nullptr);
  EXPECT_THAT(calls[1].status,
              IsAwsException(v1::AwsError::ValidationException));
  EXPECT_THAT(control_->calls().Requests<v1::CreateClusterInput>(),
              ElementsAre(EqualsProto(creation)));
  EXPECT_THAT(control_->calls().Requests<v1::GetClusterInput>(),
              ElementsAre(EqualsProto(nonsense)));
}

TEST_F(ControlPlaneTest, TheCallLogKnowsWhoCalledOverHttp) {
  const Caller alice{Transport::kHttp, "arn:aws:iam::000000000000:user/alice",
                     "r1"};
  const MethodDescriptor& get = *Service().FindMethodByName("GetCluster");
  v1::GetClusterInput input;
  v1::GetClusterOutput output;
  input.set_identifier(std::string(26, 'a'));
  control_->Call(get, kRegion, input, &output, alice).IgnoreError();
  input.set_identifier(ActiveCluster());
  EXPECT_THAT(control_->Call(get, kRegion, input, &output, alice), IsOk());
  const std::vector<Call> calls = control_->calls().Of("GetCluster");
  ASSERT_EQ(calls.size(), 2);
  EXPECT_EQ(calls[0].caller.transport, Transport::kHttp);
  EXPECT_EQ(calls[0].caller.principal_arn, alice.principal_arn);
  EXPECT_EQ(calls[0].caller.request_id, "r1");
  EXPECT_EQ(calls[0].http_status, 404);
  EXPECT_EQ(calls[1].http_status, 200);
}

TEST_F(ControlPlaneTest, AFaultAfterTheEffectLosesOnlyTheAnswer) {
  ASSERT_THAT(control_->faults().FailNextAfterEffect(
                  "CreateCluster", InternalServerException("lost")),
              IsOk());
  // Fails by itself, so the fault waits for another.
  v1::CreateClusterInput input;
  input.set_client_token("no token may have spaces");
  EXPECT_THAT(clusters().CreateCluster(input),
              IsAwsException(v1::AwsError::ValidationException));

  input.set_client_token("t1");
  EXPECT_THAT(clusters().CreateCluster(input), IsInternalServerException());
  EXPECT_THAT(control_->calls().All().back().status,
              IsInternalServerException());
  const auto listed = clusters().ListClusters({});
  ASSERT_THAT(listed, IsOk());
  ASSERT_EQ(listed->clusters_size(), 1);
  const auto retried = clusters().CreateCluster(input);
  ASSERT_THAT(retried, IsOk());
  EXPECT_EQ(retried->identifier(), listed->clusters(0).identifier());
  EXPECT_EQ(clusters().ListClusters({})->clusters_size(), 1);
}

TEST_F(ControlPlaneTest, AnAnswerMayBeLate) {
  Fault fault;
  fault.operation = "CreateCluster";
  fault.when = Fault::When::kAfter;
  fault.latency = absl::Seconds(30);
  ASSERT_THAT(control_->faults().Add(fault), IsOk());
  const absl::Time start = clock_.Now();
  const auto created = clusters().CreateCluster({});
  ASSERT_THAT(created, IsOk());
  EXPECT_EQ(clock_.Now(), start + absl::Seconds(30));
  // It was created before.
  EXPECT_EQ(StatusOf(created->identifier()), v1::ClusterStatus::ACTIVE);
}

TEST_F(ControlPlaneTest, AfterStopEveryCallSaysSo) {
  control_->Stop();
  EXPECT_THAT(clusters().ListClusters({}),
              IsAwsException(v1::AwsError::InternalServerException,
                             Property(&v1::ErrorDetail::message,
                                      HasSubstr("after FakeDsql::Stop()"))));
}

// Sets every string of `message`, however deep, to `text`.
void FillStrings(const std::string& text, Message* message) {
  const auto* reflection = message->GetReflection();
  const google::protobuf::Descriptor& type = *message->GetDescriptor();
  for (int i = 0; i < type.field_count(); ++i) {
    const google::protobuf::FieldDescriptor* field = type.field(i);
    const bool is_string =
        field->cpp_type() == google::protobuf::FieldDescriptor::CPPTYPE_STRING;
    if (field->is_map() || (is_string && field->is_repeated())) {
      if (is_string) {
        reflection->AddString(message, field, text);
      } else {
        FillStrings(text, reflection->AddMessage(message, field));
      }
    } else if (is_string) {
      reflection->SetString(message, field, text);
    } else if (field->cpp_type() ==
               google::protobuf::FieldDescriptor::CPPTYPE_MESSAGE) {
      FillStrings(text, reflection->MutableMessage(message, field));
    }
  }
}

TEST_F(ControlPlaneTest, GarbageInEveryFieldIsATypedError) {
  const std::string garbage[] = {"",
                                 std::string("\0", 1),
                                 "\xff\xfe\xc0\x80",
                                 "arn:",
                                 "../../etc/passwd",
                                 "'; DROP TABLE clusters; --",
                                 std::string(1 << 20, 'x'),
                                 std::string(100000, '{'),
                                 std::string(100000, '[')};
  for (int i = 0; i < Service().method_count(); ++i) {
    const MethodDescriptor& method = *Service().method(i);
    for (const std::string& text : garbage) {
      auto* factory = MessageFactory::generated_factory();
      std::unique_ptr<Message> input(
          factory->GetPrototype(method.input_type())->New());
      std::unique_ptr<Message> output(
          factory->GetPrototype(method.output_type())->New());
      FillStrings(text, input.get());
      EXPECT_THAT(control_->Call(method, kRegion, *input, output.get()),
                  IsAwsException(v1::AwsError::ValidationException))
          << method.name() << " with " << text.substr(0, 20);
      EXPECT_THAT(control_->Call(method, text, *input, output.get()),
                  IsAwsException(v1::AwsError::ValidationException))
          << method.name() << " in Region " << text.substr(0, 20);
    }
  }
}

// A Storage that fails, or never commits.
class BrokenStorage : public Storage {
 public:
  explicit BrokenStorage(absl::Status status) : status_(std::move(status)) {}
  absl::StatusOr<absl::optional<StorageRecord>> Get(
      absl::string_view, absl::string_view) override {
    return absl::optional<StorageRecord>();
  }
  absl::StatusOr<std::vector<StorageRecord>> Scan(absl::string_view,
                                                  const ScanRange&) override {
    return std::vector<StorageRecord>();
  }
  absl::Status Commit(const WriteBatch&) override { return status_; }

 private:
  const absl::Status status_;
};

TEST_F(ControlPlaneTest, StorageFailuresBecomeInternalServerException) {
  BrokenStorage full(absl::ResourceExhaustedError("disk full"));
  ControlPlane control(options_, &full, &clock_, &ids_, &data_plane_);
  EXPECT_THAT(control.clusters(kRegion).CreateCluster({}),
              IsAwsException(
                  v1::AwsError::InternalServerException,
                  Property(&v1::ErrorDetail::message, HasSubstr("disk full"))));
}

TEST_F(ControlPlaneTest, StorageThatNeverCommitsDoesNotHang) {
  BrokenStorage broken(absl::AbortedError("no"));
  ControlPlane control(options_, &broken, &clock_, &ids_, &data_plane_);
  EXPECT_THAT(control.clusters(kRegion).CreateCluster({}),
              IsAwsException(v1::AwsError::InternalServerException,
                             Property(&v1::ErrorDetail::message,
                                      HasSubstr("storage_conformance.h"))));
}

TEST_F(ControlPlaneTest, RecordsOfAnotherProgramAreAnError) {
  WriteBatch batch;
  batch.Put("clusters", std::string(kRegion) + "/" + std::string(26, 'a'),
            "\xff garbage");
  ASSERT_THAT(storage_.Commit(batch), IsOk());
  v1::GetClusterInput input;
  input.set_identifier(std::string(26, 'a'));
  EXPECT_THAT(clusters().GetCluster(input), IsInternalServerException());
  EXPECT_THAT(clusters().ListClusters({}), IsInternalServerException());
}

}  // namespace
}  // namespace dsql
