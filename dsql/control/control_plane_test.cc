#include "dsql/control/control_plane.h"

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/synchronization/notification.h"
#include "absl/time/time.h"
#include "dsql/aws/errors.h"
#include "dsql/base/clock.h"
#include "dsql/base/id_generator.h"
#include "dsql/control/control_plane_fixture.h"
#include "dsql/control/data_plane.h"
#include "dsql/control/fault_injector.h"
#include "dsql/storage/in_memory_storage.h"
#include "dsql/v1/annotations.pb.h"
#include "gmock/gmock.h"
#include "google/protobuf/descriptor.h"
#include "gtest/gtest.h"
#include "testing/aws_error_matchers.h"
#include "testing/proto_matchers.h"
#include "testing/status_matchers.h"

namespace dsql {
namespace {

using ::dsql_testing::EqualsProto;
using ::dsql_testing::IsAwsException;
using ::dsql_testing::IsInternalServerException;
using ::dsql_testing::IsOk;
using ::dsql_testing::IsThrottlingException;
using ::dsql_testing::StatusIs;
using ::google::protobuf::Message;
using ::google::protobuf::MessageFactory;
using ::google::protobuf::MethodDescriptor;
using ::testing::HasSubstr;
using ::testing::Property;

class ControlPlaneTest : public ControlPlaneFixture {
 protected:
  static const google::protobuf::ServiceDescriptor& Service() {
    return *v1::CreateClusterInput::descriptor()->file()->FindServiceByName(
        "Dsql");
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

TEST_F(ControlPlaneTest, EveryErrorThatTheModelAllowsCanBeScripted) {
  for (int i = 0; i < Service().method_count(); ++i) {
    const MethodDescriptor& method = *Service().method(i);
    const auto& allowed = method.options().GetExtension(v1::operation).errors();
    for (int s = v1::AwsError::ValidationException;
         s <= v1::AwsError::InternalServerException; ++s) {
      v1::ErrorDetail detail;
      detail.set_shape(static_cast<v1::AwsError::Shape>(s));
      detail.set_message("scripted");
      const absl::Status added =
          control_->faults().FailNext(method.name(), AwsException(detail));
      if (std::count(allowed.begin(), allowed.end(), s) == 0) {
        EXPECT_THAT(added, StatusIs(absl::StatusCode::kInvalidArgument,
                                    HasSubstr("never answers")));
        continue;
      }
      EXPECT_THAT(added, IsOk());
      EXPECT_THAT(
          CallEmpty(method),
          IsAwsException(detail.shape(),
                         Property(&v1::ErrorDetail::message, "scripted")));
    }
  }
}

TEST_F(ControlPlaneTest, FaultsSkipRepeatAndTakeTime) {
  Fault fault;
  fault.operation = "ListClusters";
  fault.error = ThrottlingException("slow down", 2);
  fault.skip = 1;
  fault.times = 2;
  fault.latency = absl::Seconds(3);
  ASSERT_THAT(control_->faults().Add(fault), IsOk());
  const absl::Time start = clock_.Now();
  EXPECT_THAT(clusters().ListClusters({}), IsOk());
  EXPECT_EQ(clock_.Now(), start);
  EXPECT_THAT(clusters().ListClusters({}), IsThrottlingException());
  EXPECT_THAT(clusters().CreateCluster({}), IsOk());
  EXPECT_THAT(clusters(kPeerRegion).ListClusters({}), IsThrottlingException());
  EXPECT_EQ(clock_.Now(), start + absl::Seconds(6));
  EXPECT_THAT(clusters().ListClusters({}), IsOk());
}

TEST_F(ControlPlaneTest, LatencyAloneLetsTheCallGoOn) {
  Fault fault;
  fault.operation = "ListClusters";
  fault.latency = absl::Seconds(1);
  fault.times = Fault::kAlways;
  ASSERT_THAT(control_->faults().Add(fault), IsOk());
  const absl::Time start = clock_.Now();
  for (int i = 0; i < 3; ++i) EXPECT_THAT(clusters().ListClusters({}), IsOk());
  EXPECT_EQ(clock_.Now(), start + absl::Seconds(3));
  control_->faults().Clear();
  EXPECT_THAT(clusters().ListClusters({}), IsOk());
  EXPECT_EQ(clock_.Now(), start + absl::Seconds(3));
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

TEST_F(ControlPlaneTest, FaultsThatCannotBeAreRefused) {
  EXPECT_THAT(
      control_->faults().FailNext("DropCluster", ThrottlingException("x")),
      StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("no operation")));
  EXPECT_THAT(
      control_->faults().FailNext("GetCluster", absl::InternalError("x")),
      StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("factory")));
  EXPECT_THAT(
      control_->faults().FailNext("GetCluster", ThrottlingException("x"), 0),
      StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST_F(ControlPlaneTest, CallLogHasRequestAndAnswer) {
  v1::GetClusterInput input;
  input.set_identifier("nonsense");
  clusters(kPeerRegion).GetCluster(input).IgnoreError();
  ASSERT_EQ(control_->calls().All().size(), 1);
  const Call call = control_->calls().Of("GetCluster").front();
  EXPECT_EQ(call.region, kPeerRegion);
  EXPECT_THAT(dynamic_cast<const v1::GetClusterInput&>(*call.request),
              EqualsProto(input));
  EXPECT_THAT(call.status, IsAwsException(v1::AwsError::ValidationException));
  EXPECT_EQ(call.time, clock_.Now());
  control_->calls().Clear();
  EXPECT_EQ(control_->calls().Count("GetCluster"), 0);
}

TEST_F(ControlPlaneTest, CallLogForgetsTheOldest) {
  CallLog log;
  for (size_t i = 0; i < CallLog::kCapacity + 1; ++i) {
    Call call;
    call.operation = i == 0 ? "First" : "Later";
    log.Add(std::move(call));
  }
  EXPECT_EQ(log.Count("First"), 0);
  EXPECT_EQ(log.All().size(), CallLog::kCapacity);
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
