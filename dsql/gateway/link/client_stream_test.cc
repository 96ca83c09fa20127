// SPDX-License-Identifier: Apache-2.0

#include "dsql/gateway/link/client_stream.h"

#include <chrono>
#include <exception>
#include <string>
#include <utility>

#include "boost/asio/buffer.hpp"
#include "boost/asio/co_spawn.hpp"
#include "boost/asio/io_context.hpp"
#include "boost/asio/ip/address_v4.hpp"
#include "boost/asio/ip/tcp.hpp"
#include "boost/asio/read.hpp"
#include "boost/asio/use_awaitable.hpp"
#include "gtest/gtest.h"

namespace dsql {
namespace {

namespace asio = ::boost::asio;

using Clock = std::chrono::steady_clock;
using Tcp = asio::ip::tcp;
using std::chrono::milliseconds;

// More than sockets hold.
constexpr size_t kLong = 16 * 1024 * 1024;

class ClientStreamTest : public testing::Test {
 protected:
  enum Outcome { kHangs, kDone, kFails };

  ClientStreamTest()
      : acceptor_(io_, Tcp::endpoint(asio::ip::address_v4::loopback(), 0)),
        peer_(io_),
        stream_(Connect()) {}

  // Writes what is told from where it begins: "0123...", in small portions.
  asio::awaitable<void> WriteAll(size_t size, size_t behind) {
    std::string portion;
    while (written_ < size) {
      portion.clear();
      while (portion.size() < 10000) portion.push_back(At(written_++));
      co_await stream_.Write(portion, behind);
    }
  }
  asio::awaitable<void> WriteNothing() { co_await stream_.Write(""); }
  // What the peer gets is what was written.
  asio::awaitable<void> ReadAll() {
    std::string bytes(written_, '\0');
    co_await asio::async_read(peer_, asio::buffer(bytes), asio::use_awaitable);
    size_t same = 0;
    while (same < bytes.size() && bytes[same] == At(same)) ++same;
    EXPECT_EQ(same, bytes.size());
  }

  // What becomes of it, for a moment or until it must have ended.
  Outcome Run(asio::awaitable<void> call,
              milliseconds patience = std::chrono::seconds(30)) {
    Outcome outcome = kHangs;
    asio::co_spawn(io_, std::move(call),
                   [&outcome](const std::exception_ptr& failure) {
                     outcome = failure == nullptr ? kDone : kFails;
                   });
    const auto deadline = Clock::now() + patience;
    while (outcome == kHangs && Clock::now() < deadline) {
      io_.restart();
      io_.run_one_until(deadline);
    }
    return outcome;
  }

  asio::io_context io_;
  Tcp::acceptor acceptor_;
  Tcp::socket peer_;
  ClientStream stream_;
  size_t written_ = 0;

 private:
  static char At(size_t i) { return static_cast<char>(i * 7919 >> 4); }
  Tcp::socket Connect() {
    peer_.connect(acceptor_.local_endpoint());
    return acceptor_.accept();
  }
};

TEST_F(ClientStreamTest, LeavesBehindWhatThePeerDoesNotRead) {
  ASSERT_EQ(Run(WriteAll(kLong, kLong)), kDone);
  EXPECT_EQ(Run(ReadAll()), kDone);
  EXPECT_EQ(Run(WriteNothing()), kDone);
}

TEST_F(ClientStreamTest, EndsWhenAllIsWritten) {
  ASSERT_EQ(Run(WriteAll(kLong, kLong)), kDone);
  Outcome end = kHangs;
  asio::co_spawn(io_, WriteNothing(),
                 [&end](const std::exception_ptr&) { end = kDone; });
  EXPECT_EQ(Run(stream_.Finish()), kDone);
  EXPECT_EQ(end, kHangs);
  EXPECT_EQ(Run(ReadAll()), kDone);
  EXPECT_EQ(Run(stream_.AwaitWritten()), kDone);
  EXPECT_EQ(end, kDone);
}

TEST_F(ClientStreamTest, LeavesNoMoreBehindThanItMay) {
  Outcome end = kHangs;
  asio::co_spawn(io_, WriteAll(kLong, 100000),
                 [&end](const std::exception_ptr&) { end = kDone; });
  EXPECT_EQ(Run(stream_.Finish()), kDone);
  EXPECT_EQ(end, kHangs);
  const size_t before = written_;
  EXPECT_LT(before, kLong);
  EXPECT_EQ(Run(ReadAll()), kDone);
  EXPECT_GT(written_, before);
  stream_.Close();
  EXPECT_EQ(Run(stream_.AwaitWritten()), kDone);
}

TEST_F(ClientStreamTest, FailsWithWhatItLeftBehind) {
  ASSERT_EQ(Run(WriteAll(kLong, kLong)), kDone);
  stream_.Close();
  EXPECT_EQ(Run(stream_.AwaitWritten()), kDone);
  EXPECT_EQ(Run(WriteNothing()), kFails);
  EXPECT_EQ(Run(WriteNothing()), kFails);
}

TEST_F(ClientStreamTest, FailsWhenThePeerLeaves) {
  ASSERT_EQ(Run(WriteAll(kLong, kLong)), kDone);
  peer_.close();
  EXPECT_EQ(Run(WriteNothing()), kFails);
}

// As where the gateway's thread has ended.
TEST_F(ClientStreamTest, MayEndWithWhatIsLeftBehind) {
  ASSERT_EQ(Run(WriteAll(kLong, kLong)), kDone);
}

}  // namespace
}  // namespace dsql
