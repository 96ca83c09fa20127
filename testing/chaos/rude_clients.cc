// SPDX-License-Identifier: Apache-2.0

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "dsql/postgres/connection_parameters.h"
#include "testing/chaos/rude_actors.h"
#include "testing/chaos/sql_client.h"
#include "testing/clients/raw_client.h"
#include "testing/clients/wire_request.h"

namespace dsql_testing {
namespace {

constexpr size_t kMostIdlers = 5;

std::string Garbage(std::mt19937* random, size_t most) {
  std::string bytes((*random)() % most + 1, '\0');
  for (char& byte : bytes) byte = static_cast<char>((*random)());
  return bytes;
}

class RudeClient : public Actor {
 public:
  explicit RudeClient(const Part& part) : Actor(part), client_(&this->part()) {}

  absl::Status Prepare() override {
    return client_.Insist(
        "CREATE TABLE IF NOT EXISTS rude (k int PRIMARY KEY, v text)");
  }

  void Step() override {
    station().Do("asks where to connect");
    const auto cluster = part().world->cluster(part().cluster);
    const auto to = cluster.ok() ? cluster->ConnectionInfo() : cluster.status();
    if (!to.ok()) {
      if (!IsToBeExpected(to.status())) Violate(to.status().ToString());
      return PauseRandomly(absl::Milliseconds(50));
    }
    auto client = std::make_unique<RawClient>(HostOf(*to), to->port);
    station().Do("is rude");
    if (!client->valid()) return PauseRandomly(absl::Milliseconds(50));
    if (part().world->lasting() || Random(3) == 0) {
      BeforeLogIn(std::move(client));
    } else {
      AfterLogIn(*to, std::move(client));
    }
    Count("rude clients");
    PauseRandomly(absl::Milliseconds(20));
  }

 private:
  static std::string HostOf(const dsql::postgres::ConnectionParameters& to) {
    const auto address = to.others.find("hostaddr");
    return address == to.others.end() ? to.host : address->second;
  }

  void BeforeLogIn(std::unique_ptr<RawClient> client) {
    static const std::string kSslRequest("\0\0\0\x08\x04\xd2\x16\x2f", 8);
    switch (Random(6)) {
      case 0:
        client->Send(Garbage(random(), 200));
        break;
      case 1:
        client->Send(kSslRequest.substr(0, Random(7) + 1));
        break;
      case 2:
        client->Send(kSslRequest);
        client->ReadBytes(1);
        client->Send(Garbage(random(), 500));
        break;
      case 3:
        // A whole start-up message of half a gigabyte.
        client->Send(std::string("\x20\0\0\0\0\x03\0\0", 8));
        client->Send(std::string(10000, 'x'));
        break;
      case 4:
        // To cancel somebody else's statement.
        client->Send(std::string("\0\0\0\x10\x04\xd2\x16\x2e", 8) +
                     Garbage(random(), 2) + std::string(8, '\1'));
        break;
      default:
        // Says nothing, and stays.
        idlers_.push_back(std::move(client));
        if (idlers_.size() > kMostIdlers) idlers_.erase(idlers_.begin());
        return;
    }
    if (Random(2) == 0) client->ShutDownWriting();
  }

  void AfterLogIn(const dsql::postgres::ConnectionParameters& to,
                  std::unique_ptr<RawClient> client) {
    const std::string login = client->LogIn(to.user, to.database);
    if (login.empty() || login[0] != 'R') return;
    switch (Random(7)) {
      case 0:
        client->Send(Garbage(random(), 1000));
        break;
      case 1: {
        // Half of a request.
        const std::string bytes =
            Request()
                .Sql("INSERT INTO rude VALUES ($1, $2)", {"1", "x"})
                .Sync()
                .bytes();
        client->Send(bytes.substr(0, Random(static_cast<int>(bytes.size()))));
        break;
      }
      case 2:
        client->Send(
            Request().Query("COPY rude FROM STDIN").CopyData("1\tx\n2"));
        break;
      case 3: {
        Request many;
        for (int i = 0; i < 200; ++i) many.Sql("SELECT 1").Sync();
        client->Send(many);
        break;
      }
      case 4:
        // A message whose length is none.
        client->Send(std::string("Q\0\0\0\1", 5));
        break;
      case 5:
        // Answers that nobody reads.
        client->Send(Request().Query(
            "SELECT repeat('x', 100000) FROM generate_series(1, 100)"));
        idlers_.push_back(std::move(client));
        if (idlers_.size() > kMostIdlers) idlers_.erase(idlers_.begin());
        return;
      default:
        client->Send(Request()
                         .Query("BEGIN")
                         .Query("INSERT INTO rude VALUES (1, 'x') ON CONFLICT "
                                "(k) DO UPDATE SET v = 'y'")
                         .Query("COMMIT"));
    }
    if (Random(2) == 0) client->ShutDownWriting();
  }

  SqlClient client_;
  std::vector<std::unique_ptr<RawClient>> idlers_;
};

class RudeHttpClient : public Actor {
 public:
  explicit RudeHttpClient(const Part& part) : Actor(part) {}

  void Step() override {
    const auto url = part().world->fake().http_endpoint();
    if (!url.ok()) return Violate(url.status().ToString());
    auto client = std::make_unique<RawClient>("127.0.0.1",
                                              url->substr(url->rfind(':') + 1));
    station().Do("is rude by HTTP");
    if (!client->valid()) return Violate("the HTTP endpoint takes nobody");
    const std::string whole =
        "POST /cluster HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{";
    switch (Random(5)) {
      case 0:
        client->Send(Garbage(random(), 1000));
        break;
      case 1:
        client->Send(whole.substr(0, Random(static_cast<int>(whole.size()))));
        break;
      case 2:
        client->Send(whole);
        break;
      case 3:
        client->Send("GET / HTTP/1.1\r\nx: " + std::string(200000, 'x'));
        break;
      default:
        // Says nothing, and stays.
        idlers_.push_back(std::move(client));
        if (idlers_.size() > kMostIdlers) idlers_.erase(idlers_.begin());
        return;
    }
    Count("rude HTTP clients");
    PauseRandomly(absl::Milliseconds(50));
  }

 private:
  std::vector<std::unique_ptr<RawClient>> idlers_;
};

}  // namespace

std::unique_ptr<Actor> MakeRudeClient(const Part& part) {
  return std::make_unique<RudeClient>(part);
}

std::unique_ptr<Actor> MakeRudeHttpClient(const Part& part) {
  return std::make_unique<RudeHttpClient>(part);
}

}  // namespace dsql_testing
