// SPDX-License-Identifier: Apache-2.0

// A fake DSQL as a process, for tests in any language:
//
//   bazel run //examples/server -- --profile=localstack
//
// Prints one line of JSON when it is ready, and stops on SIGTERM and SIGINT.
// The clusters and their rows end with it, unless they are in a --data-dir.

#include <signal.h>
#include <string.h>

#include <iostream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/flags/usage.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "boost/json.hpp"
#include "dsql/fake_dsql.h"
#include "dsql/fake_dsql_options.h"

ABSL_FLAG(int, port, 0, "TCP port of 127.0.0.1 to listen on; 0: any free one");
ABSL_FLAG(std::string, region, "us-east-1",
          "the Region of requests that are not signed for one");
ABSL_FLAG(std::string, account, "000000000000", "the account, 12 digits");
ABSL_FLAG(std::string, profile, "faithful",
          "faithful: as AWS behaves; localstack: as LocalStack does");
ABSL_FLAG(std::string, data_dir, "",
          "the directory in which clusters and rows are kept; made where it is "
          "missing. Empty: they end with the process");
ABSL_FLAG(bool, log, false, "a line on stderr for each answer");

namespace {

absl::StatusOr<dsql::FakeDsqlOptions> OptionsFromFlags() {
  const std::string profile = absl::GetFlag(FLAGS_profile);
  if (profile != "faithful" && profile != "localstack") {
    return absl::InvalidArgumentError(absl::StrCat(
        "--profile must be faithful or localstack, not ", profile));
  }
  dsql::FakeDsqlOptions options = profile == "faithful"
                                      ? dsql::FakeDsqlOptions::Faithful()
                                      : dsql::FakeDsqlOptions::LocalStack();
  options.account_id = absl::GetFlag(FLAGS_account);
  options.default_region = absl::GetFlag(FLAGS_region);
  options.data_dir = absl::GetFlag(FLAGS_data_dir);
  options.http.enabled = true;
  options.http.port = absl::GetFlag(FLAGS_port);
  if (absl::GetFlag(FLAGS_log)) {
    options.log = [](absl::string_view line) {
      std::cerr << absl::StrCat(line, "\n");
    };
  }
  return options;
}

// What a test needs to know, in one line.
std::string ReadyLine(const dsql::FakeDsqlOptions& options,
                      const std::string& endpoint, dsql::FakeDsql* fake) {
  return boost::json::serialize(boost::json::object{
      {"ca_file", fake->certificate_file().value_or("")},
      {"endpoint", endpoint},
      {"region", options.default_region},
      {"access_key_id", options.access_key_id},
      {"secret_access_key", options.secret_access_key},
  });
}

absl::Status Run(const sigset_t& stop_signals) {
  const absl::StatusOr<dsql::FakeDsqlOptions> options = OptionsFromFlags();
  if (!options.ok()) return options.status();
  const auto fake = dsql::FakeDsql::Create(*options);
  if (!fake.ok()) return fake.status();
  const absl::StatusOr<std::string> endpoint = (*fake)->http_endpoint();
  if (!endpoint.ok()) return endpoint.status();
  std::cout << ReadyLine(*options, *endpoint, fake->get()) << std::endl;
  int signal_number;
  sigwait(&stop_signals, &signal_number);
  return (*fake)->Stop();
}

// --data-dir is --data_dir: Abseil's flags are identifiers.
void TakeDashes(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    if (strncmp(argv[i], "--", 2) != 0) continue;
    for (char* c = argv[i] + 2; *c != '\0' && *c != '='; ++c) {
      if (*c == '-') *c = '_';
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  absl::SetProgramUsageMessage("Serves a fake DSQL until it gets SIGTERM.");
  TakeDashes(argc, argv);
  const std::vector<char*> arguments = absl::ParseCommandLine(argc, argv);
  if (arguments.size() > 1) {
    std::cerr << "Not a flag: " << arguments[1] << "\n";
    return 1;
  }
  // Before there are threads, which inherit it.
  sigset_t stop_signals;
  sigemptyset(&stop_signals);
  sigaddset(&stop_signals, SIGTERM);
  sigaddset(&stop_signals, SIGINT);
  sigprocmask(SIG_BLOCK, &stop_signals, nullptr);
  const absl::Status status = Run(stop_signals);
  if (status.ok()) return 0;
  std::cerr << status.message() << "\n";
  return 1;
}
