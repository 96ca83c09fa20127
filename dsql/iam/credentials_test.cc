// SPDX-License-Identifier: Apache-2.0

#include "dsql/iam/credentials.h"

#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace dsql {
namespace {

TEST(CredentialStoreTest, FindsWhatWasPut) {
  CredentialStore store;
  EXPECT_FALSE(store.Find("AKID").has_value());
  store.Put({"AKID", "secret", "token", "arn:aws:iam::000000000000:root"});
  const auto found = store.Find("AKID");
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->secret_access_key, "secret");
  EXPECT_EQ(found->session_token, "token");
  EXPECT_EQ(found->principal_arn, "arn:aws:iam::000000000000:root");
  EXPECT_EQ(found->expiration, absl::InfiniteFuture());
  EXPECT_FALSE(store.Find("akid").has_value());
}

TEST(CredentialStoreTest, PutReplacesAndRemoveForgets) {
  CredentialStore store;
  store.Put({"AKID", "old", "", ""});
  store.Put({"AKID", "new", "", ""});
  EXPECT_EQ(store.Find("AKID")->secret_access_key, "new");
  store.Remove("AKID");
  store.Remove("AKID");
  EXPECT_FALSE(store.Find("AKID").has_value());
}

TEST(CredentialStoreTest, ThreadsShareIt) {
  CredentialStore store;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&, i] {
      for (int j = 0; j < 200; ++j) {
        const std::string id = absl::StrCat("AKID", i, "-", j);
        store.Put({id, "secret", "", ""});
        EXPECT_TRUE(store.Find(id).has_value());
        if (j % 2 == 0) store.Remove(id);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_FALSE(store.Find("AKID3-198").has_value());
  EXPECT_TRUE(store.Find("AKID3-199").has_value());
}

}  // namespace
}  // namespace dsql
