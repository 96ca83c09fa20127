// SPDX-License-Identifier: Apache-2.0

// Fuzzes what is read of a client that nobody knows yet: its startup message
// and the settings in it.
//
//   bazel run --config=asan //dsql/gateway/login:startup_fuzzer -- $PWD/corpus

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "dsql/gateway/login/startup_settings.h"
#include "dsql/pgwire/startup.h"

namespace dsql {
namespace {

void Require(bool holds) {
  if (!holds) std::abort();
}

// What is not a setting must not reach the server as one: who the client is,
// which protocol it asks for and which cluster.
void CheckSettings(const pgwire::StartupPacket& packet) {
  for (const auto& [name, value] : StartupSettings(packet)) {
    Require(name != "amzn-cluster-id");
    Require(!absl::StrContains(name, '\0') && !absl::StrContains(value, '\0'));
  }
  ClusterOption(packet);
  for (const std::string& option : ProtocolOptions(packet)) {
    Require(absl::StartsWith(option, "_pq_."));
  }
}

// Words that are written with a backslash before each character are the words.
void CheckWords(absl::string_view options) {
  std::string escaped;
  const auto words = SplitOptions(options);
  for (const std::string& word : words) {
    for (const char c : word) {
      escaped.push_back('\\');
      escaped.push_back(c);
    }
    escaped.push_back(' ');
  }
  Require(SplitOptions(escaped) == words);
}

}  // namespace
}  // namespace dsql

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto packet = dsql::pgwire::DecodeStartup(bytes);
  if (!packet.ok() || !packet->has_value()) return 0;
  dsql::CheckSettings(**packet);
  dsql::CheckWords((*packet)->Find("options"));
  return 0;
}
