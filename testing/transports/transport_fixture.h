// SPDX-License-Identifier: Apache-2.0

// A cluster whose endpoint is reached by bytes, with what a client must know.

#ifndef TESTING_TRANSPORTS_TRANSPORT_FIXTURE_H_
#define TESTING_TRANSPORTS_TRANSPORT_FIXTURE_H_

#include <cstdlib>
#include <memory>
#include <string>

#include "dsql/fake_dsql_options.h"
#include "dsql/testing/fake_dsql_fixture.h"
#include "testing/clients/client_fixture.h"
#include "testing/transports/tls_client.h"
#include "testing/transports/web_socket_client.h"

namespace dsql_testing {

// With host names, as on AWS.
class TransportTest : public ClientTest {
 protected:
  dsql::FakeDsqlOptions Options() override {
    dsql::FakeDsqlOptions options = ClientTest::Options();
    options.gateway.style = dsql::FakeDsqlOptions::Gateway::Style::kAwsHostName;
    return options;
  }

  // "<id>.dsql.us-east-1.on.aws", and where it is.
  std::string HostName() { return ConnectionInfo().host; }
  std::string Address() { return ConnectionInfo().others["hostaddr"]; }
  int Port() { return std::atoi(ConnectionInfo().port.c_str()); }
  std::string Token() { return ConnectionInfo().password; }

  std::unique_ptr<TlsClient> NewTls(const TlsOffer& offer) {
    return std::make_unique<TlsClient>(Address(), Port(), offer);
  }
  // Not upgraded.
  std::unique_ptr<WebSocketClient> NewWebSocket(const std::string& alpn = "") {
    TlsOffer offer;
    offer.server_name = HostName();
    offer.alpn = alpn;
    return std::make_unique<WebSocketClient>(Address(), Port(), offer);
  }
};

}  // namespace dsql_testing

#endif  // TESTING_TRANSPORTS_TRANSPORT_FIXTURE_H_
