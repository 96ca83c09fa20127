// SPDX-License-Identifier: Apache-2.0

#include "dsql/gateway/login/startup_settings.h"

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"

namespace dsql {
namespace {

constexpr char kProtocolOption[] = "_pq_.";
constexpr char kClusterOption[] = "amzn-cluster-id";

bool IsSetting(absl::string_view name) {
  return name != "user" && name != "database" && name != "replication" &&
         name != "options" && name != kClusterOption &&
         !absl::StartsWith(name, kProtocolOption);
}

void AddAssignment(absl::string_view assignment, Settings* assignments) {
  const size_t equals = assignment.find('=');
  if (equals == absl::string_view::npos) return;
  assignments->emplace_back(assignment.substr(0, equals),
                            assignment.substr(equals + 1));
}

// Names as they are written.
Settings AssignmentsIn(absl::string_view options) {
  Settings assignments;
  const std::vector<std::string> words = SplitOptions(options);
  for (size_t i = 0; i < words.size(); ++i) {
    absl::string_view word = words[i];
    if (word == "-c" && i + 1 < words.size()) {
      AddAssignment(words[++i], &assignments);
    } else if (absl::ConsumePrefix(&word, "--") ||
               absl::ConsumePrefix(&word, "-c")) {
      AddAssignment(word, &assignments);
    }
  }
  return assignments;
}

void AddOptions(absl::string_view options, Settings* settings) {
  for (const auto& [name, value] : AssignmentsIn(options)) {
    if (name == kClusterOption) continue;
    // As PostgreSQL does it with what comes from a command line.
    settings->emplace_back(absl::StrReplaceAll(name, {{"-", "_"}}), value);
  }
}

}  // namespace

Settings StartupSettings(const pgwire::StartupPacket& packet) {
  Settings settings;
  for (const auto& parameter : packet.parameters) {
    if (parameter.first == "options") {
      AddOptions(parameter.second, &settings);
    } else if (IsSetting(parameter.first)) {
      settings.push_back(parameter);
    }
  }
  return settings;
}

std::string ClusterOption(const pgwire::StartupPacket& packet) {
  std::string identifier(packet.Find(kClusterOption));
  for (const auto& [name, value] : AssignmentsIn(packet.Find("options"))) {
    if (name == kClusterOption) identifier = value;
  }
  return identifier;
}

std::vector<std::string> ProtocolOptions(const pgwire::StartupPacket& packet) {
  std::vector<std::string> options;
  for (const auto& parameter : packet.parameters) {
    if (absl::StartsWith(parameter.first, kProtocolOption)) {
      options.push_back(parameter.first);
    }
  }
  return options;
}

std::vector<std::string> SplitOptions(absl::string_view options) {
  std::vector<std::string> words;
  bool in_word = false;
  for (size_t i = 0; i < options.size(); ++i) {
    if (absl::ascii_isspace(options[i])) {
      in_word = false;
      continue;
    }
    if (!in_word) words.emplace_back();
    in_word = true;
    if (options[i] == '\\' && i + 1 < options.size()) ++i;
    words.back().push_back(options[i]);
  }
  return words;
}

}  // namespace dsql
