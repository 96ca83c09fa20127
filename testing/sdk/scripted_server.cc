// SPDX-License-Identifier: Apache-2.0

// A FakeDsql behind HTTP that does as its standard input says: each line is an
// operation and a v1::ErrorDetail in JSON, which the operation answers next:
//
//   GetCluster {"shape":"ThrottlingException","message":"slow down"}
//
// Answers each with a line "ok" or an error. Ends with its input. The first
// line that it prints is that of examples/server.

#include <iostream>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "boost/json.hpp"
#include "dsql/aws/errors.h"
#include "dsql/control/fault_injector.h"
#include "dsql/fake_dsql.h"
#include "dsql/fake_dsql_options.h"
#include "dsql/v1/dsql.pb.h"
#include "dsql/v1/errors.pb.h"
#include "google/protobuf/util/json_util.h"

namespace {

using ::dsql::FakeDsql;
using ::dsql::FakeDsqlOptions;

absl::Status Script(absl::string_view line, FakeDsql* fake) {
  const std::pair<std::string, std::string> parts =
      absl::StrSplit(line, absl::MaxSplits(' ', 1));
  dsql::v1::ErrorDetail error;
  const auto parsed =
      google::protobuf::util::JsonStringToMessage(parts.second, &error);
  if (!parsed.ok()) return absl::InvalidArgumentError(parsed.ToString());
  return fake->faults().FailNext(parts.first, dsql::AwsException(error));
}

void PrintReady(const FakeDsqlOptions& options, FakeDsql* fake) {
  std::cout << boost::json::object{{"endpoint", *fake->http_endpoint()},
                                   {"region", options.default_region},
                                   {"access_key_id", options.access_key_id},
                                   {"secret_access_key",
                                    options.secret_access_key}}
            << std::endl;
}

}  // namespace

int main() {
  FakeDsqlOptions options = FakeDsqlOptions::Faithful();
  options.postgres.enabled = false;
  options.quotas.single_region_clusters = 3;
  options.http.enabled = true;
  const auto fake = FakeDsql::Create(options);
  if (!fake.ok()) {
    std::cerr << fake.status() << "\n";
    return 1;
  }
  PrintReady(options, fake->get());
  for (std::string line; std::getline(std::cin, line);) {
    const absl::Status status = Script(line, fake->get());
    std::cout << (status.ok() ? "ok" : status.ToString()) << std::endl;
  }
}
