// SPDX-License-Identifier: Apache-2.0

// A cluster and sessions of it that speak in messages, without TLS and tokens.

#ifndef TESTING_CLIENTS_WIRE_FIXTURE_H_
#define TESTING_CLIENTS_WIRE_FIXTURE_H_

#include <memory>
#include <string>

#include "dsql/fake_dsql_options.h"
#include "testing/clients/client_fixture.h"
#include "testing/clients/raw_client.h"
#include "testing/clients/wire_request.h"

namespace dsql_testing {

inline constexpr char kOC000[] = "E[40001] Z[I]";

// Two sessions, on t (k int PRIMARY KEY, v int) with (1, 0) to (9, 0).
class WireTest : public ClientTest {
 protected:
  dsql::FakeDsqlOptions Options() override;
  void SetUp() override;

  // Not logged in.
  std::unique_ptr<RawClient> NewSocket();
  // As `admin`.
  std::unique_ptr<RawClient> NewSession();

  // The SQLSTATE's text, where a trace is not enough.
  static std::string Message(RawClient* session, const std::string& sql);

  RawClient& a() { return *a_; }
  RawClient& b() { return *b_; }

  std::unique_ptr<RawClient> a_;
  std::unique_ptr<RawClient> b_;
};

}  // namespace dsql_testing

#endif  // TESTING_CLIENTS_WIRE_FIXTURE_H_
