// SPDX-License-Identifier: Apache-2.0

#include "dsql/postgres/server_options.h"

#include <tuple>

namespace dsql::postgres {
namespace {

// Structured bindings fail to compile when a member is added and not compared.

auto Members(const BinariesOptions& options) {
  const auto& [bin_dir, versions_dir] = options;
  return std::tie(bin_dir, versions_dir);
}

auto Members(const TemplateOptions& options) {
  const auto& [user, superuser, database, sql, cache, timeout] = options;
  return std::tie(user, superuser, database, sql, cache, timeout);
}

auto Members(const DataDirectoryOptions& options) {
  const auto& [parent, free_bytes] = options;
  return std::tie(parent, free_bytes);
}

bool AreEqual(const ServerOptions& a, const ServerOptions& b) {
  const auto& [binaries, tmpl, data, run_as, port, settings, timeout] = a;
  return Members(binaries) == Members(b.binaries) &&
         Members(tmpl) == Members(b.template_options) &&
         Members(data) == Members(b.data_directory) &&
         std::tie(run_as, port, settings, timeout) ==
             std::tie(b.run_as, b.loopback_port, b.settings, b.start_timeout);
}

}  // namespace

bool operator==(const ServerPoolOptions& a, const ServerPoolOptions& b) {
  const auto& [server, external, max_idle, spare, timeout] = a;
  return AreEqual(server, b.server) &&
         std::tie(external, max_idle, spare, timeout) ==
             std::tie(b.external_conninfo, b.max_idle_servers, b.spare_servers,
                      b.acquire_timeout);
}

}  // namespace dsql::postgres
