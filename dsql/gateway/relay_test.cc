#include "dsql/gateway/relay.h"

#include <postgresql/libpq-fe.h>
#include <stdlib.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "boost/asio.hpp"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "testing/status_matchers.h"

namespace dsql {
namespace {

namespace asio = ::boost::asio;

using ::boost::system::error_code;
using ::dsql_testing::IsOk;
using ::dsql_testing::StatusIs;
using ::testing::HasSubstr;
using Tcp = asio::ip::tcp;
using Unix = asio::local::stream_protocol;

// A server on a unix socket that sends back what it receives, one connection
// after the other.
class EchoServer {
 public:
  EchoServer() : directory_("/tmp/relay_test.XXXXXX") {
    EXPECT_NE(mkdtemp(&directory_[0]), nullptr);
    acceptor_ = std::make_unique<Unix::acceptor>(io_, Unix::endpoint(path()));
    thread_ = std::thread([this] { Run(); });
  }

  ~EchoServer() {
    stopping_ = true;
    Unix::socket wake_up(io_);
    wake_up.connect(Unix::endpoint(path()));
    wake_up.close();
    thread_.join();
    unlink(path().c_str());
    rmdir(directory_.c_str());
  }

  Relay::Server address() const { return {directory_, "1"}; }

 private:
  std::string path() const { return directory_ + "/.s.PGSQL.1"; }

  void Run() {
    while (!stopping_) {
      Unix::socket client = acceptor_->accept();
      std::string buffer(1 << 16, '\0');
      error_code error;
      while (true) {
        const size_t size = client.read_some(asio::buffer(buffer), error);
        if (error) break;
        asio::write(client, asio::buffer(buffer.data(), size), error);
      }
    }
  }

  std::string directory_;
  asio::io_context io_;
  std::unique_ptr<Unix::acceptor> acceptor_;
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

class RelayTest : public ::testing::Test {
 protected:
  Tcp::socket Connect(int port) {
    Tcp::socket socket(io_);
    socket.connect(Tcp::endpoint(asio::ip::address_v4::loopback(), port));
    return socket;
  }

  // Reads until the other side ends; returns what came.
  static std::string ReadAll(Tcp::socket* socket) {
    std::string text;
    error_code error;
    asio::read(*socket, asio::dynamic_buffer(text), error);
    return text;
  }

  asio::io_context io_;
  EchoServer server_;
  Relay relay_;
  const Relay::FindServer find_ = [this] {
    return absl::StatusOr<Relay::Server>(server_.address());
  };
};

TEST_F(RelayTest, CopiesBothWaysAndPassesTheEndOn) {
  const auto port = relay_.Listen("c", find_);
  ASSERT_THAT(port, IsOk());
  Tcp::socket client = Connect(*port);
  const std::string sent(3 << 20, 'x');
  std::thread writer([&] {
    asio::write(client, asio::buffer(sent));
    client.shutdown(Tcp::socket::shutdown_send);
  });
  EXPECT_EQ(ReadAll(&client).size(), sent.size());
  writer.join();
}

TEST_F(RelayTest, OneNameHasOnePort) {
  const auto port = relay_.Listen("c", find_);
  EXPECT_EQ(*relay_.Listen("c", find_), *port);
  EXPECT_NE(*relay_.Listen("d", find_), *port);
}

TEST_F(RelayTest, LooksForTheServerOnlyWhenAClientComes) {
  std::atomic<int> calls{0};
  const auto port = relay_.Listen("c", [&] {
    ++calls;
    return absl::StatusOr<Relay::Server>(server_.address());
  });
  EXPECT_EQ(calls, 0);
  Tcp::socket client = Connect(*port);
  asio::write(client, asio::buffer("x", 1));
  client.shutdown(Tcp::socket::shutdown_send);
  EXPECT_EQ(ReadAll(&client), "x");
  EXPECT_EQ(calls, 1);
}

TEST_F(RelayTest, ClientIsToldWhyThereIsNoServer) {
  const auto port = relay_.Listen("c", [] {
    return absl::StatusOr<Relay::Server>(
        absl::NotFoundError("no PostgreSQL here: install it"));
  });
  for (const char* mode : {"disable", "prefer"}) {
    PGconn* connection = PQconnectdb(
        absl::StrCat("host=127.0.0.1 port=", *port,
                     " user=u dbname=d connect_timeout=10 sslmode=", mode)
            .c_str());
    EXPECT_EQ(PQstatus(connection), CONNECTION_BAD);
    EXPECT_THAT(PQerrorMessage(connection),
                HasSubstr("FATAL:  no PostgreSQL here: install it"));
    PQfinish(connection);
  }
}

TEST_F(RelayTest, ServerThatIsGoneIsAnError) {
  const auto port = relay_.Listen("c", [] {
    return absl::StatusOr<Relay::Server>({"/nonexistent", "1"});
  });
  PGconn* connection = PQconnectdb(
      absl::StrCat("host=127.0.0.1 port=", *port, " user=u connect_timeout=10")
          .c_str());
  EXPECT_THAT(PQerrorMessage(connection), HasSubstr("/nonexistent, port 1"));
  PQfinish(connection);
}

TEST_F(RelayTest, GarbageInsteadOfAStartupMessageEndsTheConnection) {
  const auto port = relay_.Listen("c", [] {
    return absl::StatusOr<Relay::Server>(absl::NotFoundError("no"));
  });
  for (const std::string& bytes :
       {std::string(8, '\0'), std::string(8, '\xff'), std::string(8, '\x7f')}) {
    Tcp::socket client = Connect(*port);
    asio::write(client, asio::buffer(bytes));
    EXPECT_EQ(ReadAll(&client), "");
  }
}

TEST_F(RelayTest, CloseEndsPortAndConnections) {
  const auto port = relay_.Listen("c", find_);
  Tcp::socket client = Connect(*port);
  asio::write(client, asio::buffer("x", 1));
  char byte;
  asio::read(client, asio::buffer(&byte, 1));
  relay_.Close("c");
  relay_.Close("never there");
  EXPECT_EQ(ReadAll(&client), "");
  Tcp::socket late(io_);
  error_code error;
  late.connect(Tcp::endpoint(asio::ip::address_v4::loopback(), *port), error);
  EXPECT_TRUE(error);
}

TEST_F(RelayTest, StopWaitsForFindersAndEndsAll) {
  absl::Notification entered;
  absl::Notification leave;
  const auto port = relay_.Listen("c", [&] {
    entered.Notify();
    leave.WaitForNotification();
    return absl::StatusOr<Relay::Server>(server_.address());
  });
  Tcp::socket client = Connect(*port);
  entered.WaitForNotification();
  std::thread stop([&] { relay_.Stop(); });
  leave.Notify();
  stop.join();
  EXPECT_EQ(ReadAll(&client), "");
  relay_.Stop();
  EXPECT_THAT(relay_.Listen("d", find_),
              StatusIs(absl::StatusCode::kFailedPrecondition));
}

TEST_F(RelayTest, ManyClientsAtOnce) {
  std::vector<std::unique_ptr<EchoServer>> servers;
  std::vector<Tcp::socket> clients;
  for (int i = 0; i < 50; ++i) {
    servers.push_back(std::make_unique<EchoServer>());
    const Relay::Server address = servers.back()->address();
    clients.push_back(Connect(*relay_.Listen(absl::StrCat(i), [address] {
      return absl::StatusOr<Relay::Server>(address);
    })));
  }
  for (Tcp::socket& client : clients) {
    asio::write(client, asio::buffer("hello", 5));
    client.shutdown(Tcp::socket::shutdown_send);
  }
  for (Tcp::socket& client : clients) EXPECT_EQ(ReadAll(&client), "hello");
}

}  // namespace
}  // namespace dsql
