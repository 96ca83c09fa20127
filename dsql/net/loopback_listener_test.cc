// SPDX-License-Identifier: Apache-2.0

#include "dsql/net/loopback_listener.h"

#include <unistd.h>

#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace dsql {
namespace {

TEST(LoopbackListenerTest, EachNameHasAnAddressOfItsOwn) {
  std::set<std::string> hosts;
  std::vector<int> open;
  for (int i = 0; i < 50; ++i) {
    const auto listener = ListenOnOwnAddress(absl::StrCat("cluster", i));
    ASSERT_TRUE(listener.ok()) << listener.status();
    open.push_back(listener->fd);
    if (listener->port != kPostgresPort) GTEST_SKIP() << "port 5432 is taken";
    EXPECT_TRUE(absl::StartsWith(listener->host, "127."));
    EXPECT_TRUE(hosts.insert(listener->host).second) << listener->host;
  }
  for (const int fd : open) close(fd);
}

TEST(LoopbackListenerTest, TakenAddressIsNotTakenTwice) {
  const auto first = ListenOnOwnAddress("cluster");
  const auto second = ListenOnOwnAddress("cluster");
  ASSERT_TRUE(first.ok() && second.ok());
  EXPECT_NE(absl::StrCat(first->host, ":", first->port),
            absl::StrCat(second->host, ":", second->port));
  close(first->fd);
  close(second->fd);
}

TEST(LoopbackListenerTest, FreePortIsOfLocalhost) {
  const auto listener = ListenOnFreePort();
  ASSERT_TRUE(listener.ok());
  EXPECT_EQ(listener->host, "127.0.0.1");
  EXPECT_GT(listener->port, 0);
  close(listener->fd);
}

TEST(LoopbackListenerTest, ListensWhereOneDidBefore) {
  const auto before = ListenOnFreePort();
  ASSERT_TRUE(before.ok());
  EXPECT_EQ(ListenAt(before->host, before->port).status().code(),
            absl::StatusCode::kUnavailable);
  close(before->fd);
  const auto again = ListenAt(before->host, before->port);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->host, before->host);
  EXPECT_EQ(again->port, before->port);
  close(again->fd);
  EXPECT_FALSE(ListenAt("nowhere", 5432).ok());
}

}  // namespace
}  // namespace dsql
