// SPDX-License-Identifier: Apache-2.0

#include "dsql/streams/stream_delivery.h"

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "dsql/base/clock.h"
#include "dsql/streams/delivery_error.h"
#include "dsql/v1/dsql.pb.h"
#include "gtest/gtest.h"

namespace dsql::streams {
namespace {

using Permission = StreamDelivery::Permission;

// A transaction that creates one row of a table that is called `name`.
CommittedTransaction Transaction(const std::string& name) {
  CommittedTransaction transaction;
  transaction.tx_id = "tx";
  RowChange& change = transaction.changes.emplace_back();
  change.schema = "public";
  change.table = name;
  return transaction;
}

// The table that a record is of.
std::string NameOf(const ChangeRecord& record) {
  const std::string before = "\"table\":\"";
  const size_t begin = record.data.find(before) + before.size();
  return record.data.substr(begin, record.data.find('"', begin) - begin);
}

class StreamDeliveryTest : public testing::Test {
 protected:
  StreamDelivery::Options Options(DeliveryOptions delivery = {}) {
    StreamDelivery::Options options;
    options.cluster = "c";
    options.delivery = delivery;
    options.clock = &clock_;
    options.may_deliver = [this] { return permission_; };
    options.deliver = [this](const ChangeRecord& record) {
      if (!error_.ok() && NameOf(record) == failing_) return error_;
      sent_ += NameOf(record) + " ";
      return absl::OkStatus();
    };
    options.outcome = [this](const absl::Status& status) {
      outcomes_.push_back(status.code());
    };
    return options;
  }

  void AddAll(StreamDelivery* delivery, const std::vector<std::string>& names) {
    for (const std::string& name : names) delivery->Add(Transaction(name));
  }

  SimulatedClock clock_;
  Permission permission_ = Permission::kDeliver;
  std::string failing_;
  absl::Status error_;
  std::string sent_;
  std::vector<absl::StatusCode> outcomes_;
};

absl::Time Soon() { return absl::Now() + absl::Milliseconds(50); }
absl::Time Later() { return absl::Now() + absl::Seconds(30); }

TEST_F(StreamDeliveryTest, DeliversAtOnceAndInOrder) {
  StreamDelivery delivery(Options());
  AddAll(&delivery, {"a", "b", "c"});
  EXPECT_EQ(sent_, "a b c ");
  EXPECT_EQ(delivery.Records().size(), 3u);
  EXPECT_EQ(delivery.pending(), 0u);
  EXPECT_TRUE(delivery.Flush(Soon()).ok());
  EXPECT_TRUE(outcomes_.empty());
  const auto waited = delivery.WaitForRecords(3, Soon());
  ASSERT_TRUE(waited.ok()) << waited.status();
  EXPECT_EQ(delivery.WaitForRecords(4, Soon()).status().code(),
            absl::StatusCode::kDeadlineExceeded);
}

TEST_F(StreamDeliveryTest, HeldRecordsWaitForTheirRelease) {
  StreamDelivery delivery(Options());
  delivery.Hold();
  AddAll(&delivery, {"a", "b"});
  clock_.Advance(absl::Seconds(5));
  EXPECT_EQ(sent_, "");
  EXPECT_EQ(delivery.pending(), 2u);
  EXPECT_EQ(delivery.Lag(), absl::Seconds(5));
  EXPECT_EQ(delivery.Flush(Soon()).code(),
            absl::StatusCode::kFailedPrecondition);
  delivery.Release();
  EXPECT_EQ(sent_, "a b ");
  EXPECT_EQ(delivery.Lag(), absl::ZeroDuration());
}

TEST_F(StreamDeliveryTest, StatusKeepsOrDropsRecords) {
  StreamDelivery delivery(Options());
  permission_ = Permission::kDrop;
  AddAll(&delivery, {"a"});
  permission_ = Permission::kKeep;
  AddAll(&delivery, {"b"});
  EXPECT_EQ(delivery.pending(), 1u);
  EXPECT_EQ(delivery.Flush(Soon()).code(),
            absl::StatusCode::kFailedPrecondition);
  permission_ = Permission::kDeliver;
  EXPECT_TRUE(delivery.Flush(Soon()).ok());
  EXPECT_EQ(sent_, "b ");
  permission_ = Permission::kKeep;
  AddAll(&delivery, {"c"});
  permission_ = Permission::kDrop;
  delivery.Pump(/*drain=*/false);
  EXPECT_EQ(delivery.pending(), 0u);
  EXPECT_EQ(sent_, "b ");
}

TEST_F(StreamDeliveryTest, WhatFailsIsTriedAgainAndOthersGoOn) {
  StreamDelivery delivery(Options());
  failing_ = "b";
  error_ = absl::UnavailableError("no");
  AddAll(&delivery, {"a", "b", "c"});
  EXPECT_EQ(sent_, "a c ");
  EXPECT_EQ(delivery.pending(), 1u);
  const absl::Status flushed = delivery.Flush(Soon());
  EXPECT_EQ(flushed.code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_NE(flushed.message().find("no"), std::string::npos) << flushed;
  error_ = absl::OkStatus();
  EXPECT_TRUE(delivery.Flush(Later()).ok());
  EXPECT_EQ(sent_, "a c b ");
  // The first failure is told, and that it works again.
  EXPECT_EQ(outcomes_.front(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(outcomes_.back(), absl::StatusCode::kOk);
}

TEST_F(StreamDeliveryTest, ScriptedFailuresAndLosses) {
  StreamDelivery delivery(Options());
  delivery.FailNext(
      2, DeliveryError(v1::StreamFailureErrorCode::ROLE_ACCESS_DENIED));
  AddAll(&delivery, {"a"});
  EXPECT_EQ(sent_, "");
  EXPECT_TRUE(delivery.Flush(Later()).ok());
  EXPECT_EQ(sent_, "a ");
  EXPECT_EQ(outcomes_.size(), 3u);
  delivery.DropNext(1);
  AddAll(&delivery, {"b", "c"});
  EXPECT_EQ(sent_, "a c ");
  EXPECT_TRUE(delivery.Flush(Later()).ok());
}

TEST_F(StreamDeliveryTest, DelaysFollowTheClock) {
  StreamDelivery delivery(Options());
  delivery.SetDelay(absl::Seconds(10));
  AddAll(&delivery, {"a"});
  EXPECT_EQ(delivery.Flush(Soon()).code(),
            absl::StatusCode::kFailedPrecondition);
  clock_.Advance(absl::Seconds(10));
  EXPECT_TRUE(delivery.Flush(Soon()).ok());
  EXPECT_EQ(sent_, "a ");
}

std::vector<std::string> Numbers(int count) {
  std::vector<std::string> names;
  for (int i = 0; i < count; ++i) names.push_back(absl::StrCat("n", i));
  return names;
}

TEST_F(StreamDeliveryTest, DisorderFollowsFromItsSeed) {
  DeliveryOptions disorder;
  disorder.shuffle_window = 8;
  disorder.repeat_probability = 0.3;
  std::set<std::string> orders;
  for (uint64_t seed = 1; seed <= 3; ++seed) {
    disorder.seed = seed;
    std::string first;
    for (int again = 0; again < 2; ++again) {
      sent_.clear();
      StreamDelivery delivery(Options(disorder));
      AddAll(&delivery, Numbers(100));
      EXPECT_TRUE(delivery.Flush(Later()).ok());
      // All are there, some more than once.
      std::set<std::string> names;
      for (const ChangeRecord& record : delivery.Records())
        names.insert(NameOf(record));
      EXPECT_EQ(names.size(), 100u);
      EXPECT_GT(delivery.Records().size(), 110u);
      if (again == 0) first = sent_;
    }
    EXPECT_EQ(sent_, first);
    orders.insert(first);
  }
  EXPECT_EQ(orders.size(), 3u);
}

TEST_F(StreamDeliveryTest, ShuffledRecordsGoNoFurtherThanTheWindow) {
  DeliveryOptions disorder;
  disorder.shuffle_window = 4;
  StreamDelivery delivery(Options(disorder));
  AddAll(&delivery, Numbers(200));
  EXPECT_EQ(delivery.pending(), 4u);
  ASSERT_TRUE(delivery.Flush(Later()).ok());
  const auto records = delivery.Records();
  ASSERT_EQ(records.size(), 200u);
  int inversions = 0;
  for (int i = 0; i < 200; ++i) {
    const int number = std::stoi(NameOf(records[i]).substr(1));
    // None is early by more than the window.
    EXPECT_LE(number, i + 4);
    inversions += number != i;
  }
  EXPECT_GT(inversions, 100);
}

TEST(DeliveryErrorTest, CodesAreThoseOfGetStream) {
  using Code = v1::StreamFailureErrorCode;
  EXPECT_EQ(FailureCodeOf(DeliveryError(Code::ROLE_ACCESS_DENIED)),
            Code::ROLE_ACCESS_DENIED);
  EXPECT_EQ(FailureCodeOf(absl::InternalError("x")), Code::INTERNAL_ERROR);
}

}  // namespace
}  // namespace dsql::streams
