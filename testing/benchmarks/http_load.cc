// SPDX-License-Identifier: Apache-2.0

#include "testing/benchmarks/http_load.h"

#include <cstdint>
#include <memory>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "dsql/iam/credentials.h"
#include "dsql/iam/sigv4_request.h"
#include "dsql/iam/sigv4_signer.h"
#include "testing/http_client.h"

namespace dsql_testing {
namespace {

// What one connection got.
struct Answers {
  int64_t count = 0;
  absl::Status status;
};

Answers CallUntil(int port, const std::string& request, absl::Time end) {
  Answers answers;
  auto client = std::make_unique<HttpClient>(port);
  while (absl::Now() < end) {
    client->Send(request);
    HttpAnswer answer = client->ReadAnswer();
    if (answer.status == 0) {
      client = std::make_unique<HttpClient>(port);
      client->Send(request);
      answer = client->ReadAnswer();
    }
    if (answer.status != 200) {
      answers.status =
          absl::InternalError(absl::StrCat(answer.status, ": ", answer.body));
      return answers;
    }
    ++answers.count;
  }
  return answers;
}

}  // namespace

absl::StatusOr<double> RequestsPerSecond(int port, const std::string& request,
                                         int connections,
                                         absl::Duration duration) {
  const absl::Time start = absl::Now();
  std::vector<Answers> answers(static_cast<size_t>(connections));
  std::vector<std::thread> threads;
  for (Answers& own : answers) {
    threads.emplace_back(
        [&] { own = CallUntil(port, request, start + duration); });
  }
  for (std::thread& thread : threads) thread.join();
  const double seconds = absl::ToDoubleSeconds(absl::Now() - start);
  int64_t count = 0;
  for (const Answers& own : answers) {
    if (!own.status.ok()) return own.status;
    count += own.count;
  }
  return static_cast<double>(count) / seconds;
}

std::string SignedRequest(const dsql::FakeDsqlOptions& options,
                          const std::string& method, const std::string& target,
                          const std::string& body) {
  dsql::Credentials credentials;
  credentials.access_key_id = options.access_key_id;
  credentials.secret_access_key = options.secret_access_key;
  dsql::SigV4Request request;
  request.method = method;
  dsql::SetTarget(target, &request);
  request.headers = {{"Host", "dsql.us-east-1.api.aws"}};
  request.body = body;
  dsql::SigV4SigningContext context;
  context.region = "us-east-1";
  context.now = absl::Now();
  dsql::SignRequest(credentials, context, &request);
  std::string text = absl::StrCat(method, " ", target, " HTTP/1.1\r\n");
  for (const auto& [name, value] : request.headers) {
    absl::StrAppend(&text, name, ": ", value, "\r\n");
  }
  if (!body.empty()) {
    absl::StrAppend(&text, "Content-Type: application/json\r\nContent-Length: ",
                    body.size(), "\r\n");
  }
  return absl::StrCat(text, "\r\n", body);
}

}  // namespace dsql_testing
