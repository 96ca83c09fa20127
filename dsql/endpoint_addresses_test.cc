// SPDX-License-Identifier: Apache-2.0

#include "dsql/endpoint_addresses.h"

#include "dsql/storage/in_memory_storage.h"
#include "dsql/storage/storage.h"
#include "gtest/gtest.h"

namespace dsql {
namespace {

TEST(EndpointAddressesTest, AnotherOneFindsWhatWasKept) {
  InMemoryStorage storage;
  ASSERT_TRUE(EndpointAddresses(&storage)
                  .Keep("us-east-1/abc", {"127.1.2.3", 5432})
                  .ok());
  EndpointAddresses again(&storage);
  auto found = again.Find("us-east-1/abc");
  ASSERT_TRUE(found.ok() && found->has_value());
  EXPECT_EQ((*found)->host, "127.1.2.3");
  EXPECT_EQ((*found)->port, 5432);
  EXPECT_FALSE(again.Find("us-east-2/abc")->has_value());
  ASSERT_TRUE(again.Forget("us-east-1/abc").ok());
  EXPECT_FALSE(again.Find("us-east-1/abc")->has_value());
}

TEST(EndpointAddressesTest, WithoutAStorageNothingIsKept) {
  EndpointAddresses addresses(nullptr);
  EXPECT_TRUE(addresses.Keep("a", {"127.1.2.3", 5432}).ok());
  EXPECT_FALSE(addresses.Find("a")->has_value());
  EXPECT_TRUE(addresses.Forget("a").ok());
}

TEST(EndpointAddressesTest, DamageIsNoAddress) {
  InMemoryStorage storage;
  WriteBatch batch;
  batch.Put("endpoints", "a", "\x0a\xffnonsense");
  ASSERT_TRUE(storage.Commit(batch).ok());
  EXPECT_FALSE(EndpointAddresses(&storage).Find("a")->has_value());
}

}  // namespace
}  // namespace dsql
