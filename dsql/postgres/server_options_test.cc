// SPDX-License-Identifier: Apache-2.0

#include "dsql/postgres/server_options.h"

#include <functional>
#include <vector>

#include "gtest/gtest.h"

namespace dsql::postgres {
namespace {

TEST(ServerOptionsTest, EqualOptionsAreEqual) {
  EXPECT_TRUE(ServerPoolOptions() == ServerPoolOptions());
}

TEST(ServerOptionsTest, EachMemberCounts) {
  using Change = std::function<void(ServerPoolOptions*)>;
  const std::vector<Change> changes = {
      [](auto* o) { o->server.binaries.bin_dir = "/x"; },
      [](auto* o) { o->server.binaries.versions_dir = "/x"; },
      [](auto* o) { o->server.template_options.user = "x"; },
      [](auto* o) { o->server.template_options.user_is_superuser = true; },
      [](auto* o) { o->server.template_options.database = "x"; },
      [](auto* o) { o->server.template_options.bootstrap_sql = "SELECT 1"; },
      [](auto* o) { o->server.template_options.cache_directory = "/x"; },
      [](auto* o) { o->server.template_options.build_timeout *= 2; },
      [](auto* o) { o->server.data_directory.parent = "/x"; },
      [](auto* o) { o->server.data_directory.min_shm_free_bytes = 1; },
      [](auto* o) { o->server.run_as = RunAsMode::kSelf; },
      [](auto* o) { o->server.loopback_port = 0; },
      [](auto* o) { o->server.settings["work_mem"] = "1MB"; },
      [](auto* o) { o->server.start_timeout *= 2; },
      [](auto* o) { o->external_conninfo = "host=x"; },
      [](auto* o) { o->max_idle_servers = 1; },
      [](auto* o) { o->spare_servers = 0; },
      [](auto* o) { o->acquire_timeout *= 2; },
  };
  for (size_t i = 0; i < changes.size(); ++i) {
    ServerPoolOptions changed;
    changes[i](&changed);
    EXPECT_TRUE(changed != ServerPoolOptions()) << "change " << i;
  }
}

}  // namespace
}  // namespace dsql::postgres
