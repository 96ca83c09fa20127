// SPDX-License-Identifier: Apache-2.0

#include "dsql/gateway/login/startup_settings.h"

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"
#include "dsql/base/sql_error.h"

namespace dsql {
namespace {

constexpr char kProtocolOption[] = "_pq_.";
constexpr char kClusterOption[] = "amzn-cluster-id";
// Those of one letter that postgres knows.
constexpr char kFlags[] = "beEFijlnOPsT";
constexpr char kFlagsWithValue[] = "BCDdfhkNprStvW";
constexpr char kSyntaxError[] = "42601";

bool IsSetting(absl::string_view name) {
  return name != "user" && name != "database" && name != "replication" &&
         name != "options" && name != kClusterOption &&
         !absl::StartsWith(name, kProtocolOption);
}

// Of a server's command line.
struct Options {
  // Names as they are written.
  Settings assignments;
  // PostgreSQL's about the first word that it does not take; empty where it
  // takes all.
  std::string complaint;
};

void AddAssignment(absl::string_view dashes, absl::string_view assignment,
                   Options* options) {
  const size_t equals = assignment.find('=');
  if (equals == absl::string_view::npos) {
    options->complaint = absl::StrCat(dashes, assignment, " requires a value");
  } else {
    options->assignments.emplace_back(assignment.substr(0, equals),
                                      assignment.substr(equals + 1));
  }
}

// Options that are no settings by name are not looked at.
bool IsFlag(absl::string_view word) {
  return word.size() == 2 && word[0] == '-' &&
         absl::StrContains(kFlags, word[1]);
}

bool TakesValue(absl::string_view word) {
  return word.size() >= 2 && word[0] == '-' &&
         absl::StrContains(kFlagsWithValue, word[1]);
}

Options ReadOptions(absl::string_view text) {
  Options options;
  const std::vector<std::string> words = SplitOptions(text);
  for (size_t i = 0; i < words.size() && options.complaint.empty(); ++i) {
    absl::string_view word = words[i];
    const bool has_next = i + 1 < words.size();
    if (word == "-c" && has_next) {
      AddAssignment("-c ", words[++i], &options);
    } else if (word.size() > 2 && absl::ConsumePrefix(&word, "--")) {
      AddAssignment("--", word, &options);
    } else if (word.size() > 2 && absl::ConsumePrefix(&word, "-c")) {
      AddAssignment("-c ", word, &options);
    } else if (TakesValue(word) && (word.size() > 2 || has_next)) {
      if (word.size() == 2) ++i;
    } else if (!IsFlag(word)) {
      options.complaint = absl::StrCat(
          "invalid command-line argument for server process: ", word);
    }
  }
  return options;
}

void AddOptions(absl::string_view options, Settings* settings) {
  const Options read = ReadOptions(options);
  for (const auto& [name, value] : read.assignments) {
    if (name == kClusterOption) continue;
    // As PostgreSQL does it with what comes from a command line.
    settings->emplace_back(absl::StrReplaceAll(name, {{"-", "_"}}), value);
  }
}

}  // namespace

Settings StartupSettings(const pgwire::StartupPacket& packet) {
  Settings settings;
  // Whichever comes first, a parameter of its own counts.
  AddOptions(packet.Find("options"), &settings);
  for (const auto& parameter : packet.parameters)
    if (IsSetting(parameter.first)) settings.push_back(parameter);
  return settings;
}

absl::Status CheckOptions(const pgwire::StartupPacket& packet) {
  const Options options = ReadOptions(packet.Find("options"));
  if (options.complaint.empty()) return absl::OkStatus();
  v1::SqlErrorDetail error;
  error.set_severity("FATAL");
  error.set_sqlstate(kSyntaxError);
  error.set_message(options.complaint);
  if (absl::StartsWith(options.complaint, "invalid"))
    error.set_hint("Try \"postgres --help\" for more information.");
  return SqlError(error);
}

std::string ClusterOption(const pgwire::StartupPacket& packet) {
  std::string identifier(packet.Find(kClusterOption));
  const Options options = ReadOptions(packet.Find("options"));
  for (const auto& [name, value] : options.assignments)
    if (name == kClusterOption) identifier = value;
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
