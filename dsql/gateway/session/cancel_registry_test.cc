// SPDX-License-Identifier: Apache-2.0

#include "dsql/gateway/session/cancel_registry.h"

#include <string>
#include <utility>

#include "gtest/gtest.h"

namespace dsql {
namespace {

class CancelRegistryTest : public testing::Test {
 protected:
  CancelRegistry::Registration Add(int32_t pid, int* cancels) {
    return registry_.Add(pid, 32, [cancels] { ++*cancels; });
  }

  CancelRegistry registry_;
  int first_ = 0;
  int second_ = 0;
};

TEST_F(CancelRegistryTest, ARequestIsForItsSession) {
  const auto first = Add(1, &first_);
  const auto second = Add(2, &second_);
  registry_.Request(second.key());
  EXPECT_EQ(first_, 0);
  EXPECT_EQ(second_, 1);
  registry_.Request(second.key());
  EXPECT_EQ(second_, 2);
}

TEST_F(CancelRegistryTest, ARequestWithAnotherSecretDoesNothing) {
  const auto first = Add(1, &first_);
  const auto second = Add(2, &second_);
  const std::string& secret = first.key().secret;
  for (const std::string& other :
       {std::string(), secret.substr(1), secret + '\0', second.key().secret})
    registry_.Request({1, other});
  registry_.Request({3, secret});
  EXPECT_EQ(first_, 0);
  EXPECT_EQ(second_, 0);
}

TEST_F(CancelRegistryTest, KeysAreNotInUse) {
  const auto first = Add(7, &first_);
  const auto second = Add(7, &second_);
  EXPECT_EQ(first.key().pid, 7);
  EXPECT_EQ(second.key().pid, 8);
  EXPECT_NE(first.key().secret, second.key().secret);
  EXPECT_EQ(registry_.Add(9, 4, [] {}).key().secret.size(), 4u);
}

TEST_F(CancelRegistryTest, ASessionThatEndsIsNoLongerAsked) {
  pgwire::BackendKey key;
  {
    const auto first = Add(7, &first_);
    key = first.key();
  }
  registry_.Request(key);
  EXPECT_EQ(first_, 0);
  // Its number is free, and its secret is nobody's.
  const auto second = Add(7, &second_);
  EXPECT_EQ(second.key().pid, 7);
  registry_.Request(key);
  EXPECT_EQ(second_, 0);
}

TEST_F(CancelRegistryTest, ARegistrationLivesWhereItIsMovedTo) {
  CancelRegistry::Registration holder;
  {
    auto first = Add(1, &first_);
    holder = std::move(first);
  }
  registry_.Request(holder.key());
  EXPECT_EQ(first_, 1);
  const pgwire::BackendKey key = holder.key();
  holder = Add(2, &second_);
  registry_.Request(key);
  EXPECT_EQ(first_, 1);
  registry_.Request(holder.key());
  EXPECT_EQ(second_, 1);
}

}  // namespace
}  // namespace dsql
