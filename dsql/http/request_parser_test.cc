// SPDX-License-Identifier: Apache-2.0

#include "dsql/http/request_parser.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dsql {
namespace http {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

// Feeds a parser as a connection does, `step` bytes at a time, and keeps what
// it takes out.
struct Feed {
  explicit Feed(const std::string& bytes, size_t step = std::string::npos,
                RequestLimits limits = RequestLimits())
      : parser(limits) {
    for (size_t at = 0; at < bytes.size() && !parser.failed();
         at += std::min(step, bytes.size() - at)) {
      inbox += bytes.substr(at, step);
      Drain();
    }
  }

  void Drain() {
    do {
      inbox.erase(0, parser.Parse(inbox));
      if (parser.awaits_continue()) awaited_continue = true;
      if (!parser.done()) return;
      keep_alive.push_back(parser.keep_alive());
      requests.push_back(parser.TakeRequest());
    } while (!inbox.empty());
  }

  RequestParser parser;
  std::string inbox;
  bool awaited_continue = false;
  std::vector<HttpRequest> requests;
  std::vector<bool> keep_alive;
};

constexpr char kGet[] = "GET /a?b=c HTTP/1.1\r\nHost: x\r\nX-A: 1\r\n\r\n";
constexpr char kPost[] =
    "POST /p HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello";
constexpr char kChunked[] =
    "POST /c HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    "5;ext=1\r\nhello\r\n6\r\n world\r\n0\r\nTrailer: t\r\n\r\n";

int StatusOf(const std::string& bytes) {
  return Feed(bytes).parser.failure_status();
}

TEST(RequestParserTest, TakesARequestApart) {
  const Feed feed(kGet);
  ASSERT_EQ(feed.requests.size(), 1);
  EXPECT_EQ(feed.requests[0].method, "GET");
  EXPECT_EQ(feed.requests[0].target, "/a?b=c");
  EXPECT_THAT(feed.requests[0].headers,
              ElementsAre(Pair("Host", "x"), Pair("X-A", "1")));
  EXPECT_EQ(feed.requests[0].body, "");
}

TEST(RequestParserTest, BytesMayComeInAnyPortions) {
  const std::string bytes = absl::StrCat(kPost, kChunked, "\r\n", kGet);
  for (size_t step : {1, 2, 3, 7, 50, 1000}) {
    const Feed feed(bytes, step);
    ASSERT_EQ(feed.requests.size(), 3) << step;
    EXPECT_EQ(feed.requests[0].body, "hello");
    EXPECT_EQ(feed.requests[1].body, "hello world");
    EXPECT_EQ(feed.requests[2].target, "/a?b=c");
    EXPECT_EQ(feed.inbox, "");
    EXPECT_FALSE(feed.parser.started());
  }
}

TEST(RequestParserTest, TheClientSaysWhetherItStays) {
  EXPECT_THAT(Feed(kGet).keep_alive, ElementsAre(true));
  EXPECT_THAT(
      Feed("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").keep_alive,
      ElementsAre(false));
  EXPECT_THAT(Feed("GET / HTTP/1.0\r\n\r\n").keep_alive, ElementsAre(false));
  EXPECT_THAT(
      Feed("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").keep_alive,
      ElementsAre(true));
}

TEST(RequestParserTest, ContinueIsAwaitedUntilTheBodyBegins) {
  RequestParser parser{RequestLimits()};
  const std::string header =
      "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n"
      "Expect: 100-Continue\r\n\r\n";
  EXPECT_EQ(parser.Parse(header), header.size());
  EXPECT_TRUE(parser.awaits_continue());
  EXPECT_EQ(parser.Parse("a"), 1);
  EXPECT_FALSE(parser.awaits_continue());
  EXPECT_EQ(parser.Parse("b"), 1);
  EXPECT_TRUE(parser.done());
  // Nor where there is no body, or it came at once.
  EXPECT_FALSE(Feed("GET / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n\r\n")
                   .awaited_continue);
  EXPECT_FALSE(Feed(header + "ab").awaited_continue);
  // HTTP/1.0 knows of none.
  EXPECT_FALSE(Feed("POST / HTTP/1.0\r\nContent-Length: 2\r\n"
                    "Expect: 100-continue\r\n\r\n")
                   .awaited_continue);
}

TEST(RequestParserTest, ProxiesMaySendTheOriginAlong) {
  for (const auto& target : std::vector<std::pair<std::string, std::string>>{
           {"http://h:80/a/b?c", "/a/b?c"},
           {"HTTP://h", "/"},
           {"http://h?c", "/?c"},
           {"*", "*"}}) {
    const Feed feed(
        absl::StrCat("GET ", target.first, " HTTP/1.1\r\nHost: x\r\n\r\n"));
    ASSERT_EQ(feed.requests.size(), 1);
    EXPECT_EQ(feed.requests[0].target, target.second);
  }
}

TEST(RequestParserTest, GarbageIsRefused) {
  EXPECT_EQ(StatusOf("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n"), 400);
  EXPECT_EQ(StatusOf("GET\r\n\r\n"), 400);
  EXPECT_EQ(StatusOf("GET / HTTP/2.0\r\n\r\n"), 400);
  EXPECT_EQ(StatusOf("GET / HTTP/1.1\r\nno colon\r\n\r\n"), 400);
  EXPECT_EQ(StatusOf("GET / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n"),
            400);
  EXPECT_EQ(StatusOf("POST / HTTP/1.1\r\nHost: x\r\n"
                     "Transfer-Encoding: chunked\r\n\r\nzz\r\n\r\n"),
            400);
}

TEST(RequestParserTest, WhatCouldBeReadInTwoWaysIsRefused) {
  EXPECT_EQ(StatusOf("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n"
                     "Transfer-Encoding: chunked\r\n\r\n"),
            400);
  EXPECT_EQ(StatusOf("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n"
                     "Content-Length: 6\r\n\r\n"),
            400);
  for (const char* coding : {"gzip", "gzip, chunked", "chunked;q=1",
                             "gzip\r\nTransfer-Encoding: chunked"}) {
    EXPECT_EQ(StatusOf(absl::StrCat("POST / HTTP/1.1\r\nHost: x\r\n"
                                    "Transfer-Encoding: ",
                                    coding, "\r\n\r\n")),
              501)
        << coding;
  }
  EXPECT_EQ(StatusOf("GET / HTTP/1.1\r\n\r\n"), 400);
  EXPECT_EQ(StatusOf("GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n"), 400);
}

TEST(RequestParserTest, UnknownExpectationsAreRefused) {
  EXPECT_EQ(StatusOf("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n"
                     "Expect: tea\r\n\r\n"),
            417);
}

TEST(RequestParserTest, LargeHeadersAreRefused) {
  RequestLimits limits;
  limits.header_bytes = 100;
  const std::string large = absl::StrCat(
      "GET / HTTP/1.1\r\nHost: x\r\nX: ", std::string(200, 'a'), "\r\n\r\n");
  for (size_t step : {1, 64, 1000}) {
    EXPECT_EQ(Feed(large, step, limits).parser.failure_status(), 431) << step;
    EXPECT_EQ(Feed(std::string(200, 'a'), step, limits).parser.failure_status(),
              431)
        << step;
  }
}

TEST(RequestParserTest, LargeBodiesAreRefused) {
  RequestLimits limits;
  limits.body_bytes = 4;
  // Before any of it came, where its length is known.
  EXPECT_EQ(Feed("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n",
                 1000, limits)
                .parser.failure_status(),
            413);
  for (size_t step : {1, 1000}) {
    EXPECT_EQ(Feed(kChunked, step, limits).parser.failure_status(), 413);
    EXPECT_EQ(Feed(kPost, step, limits).parser.failure_status(), 413);
  }
}

TEST(RequestParserTest, LongLinesBetweenChunksAreRefused) {
  RequestLimits limits;
  limits.header_bytes = 200;
  const std::string header =
      "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (size_t step : {1, 100, 100000}) {
    for (const char* start : {"5;", "0\r\nX: "}) {
      EXPECT_EQ(Feed(absl::StrCat(header, start, std::string(1000, 'a')), step,
                     limits)
                    .parser.failure_status(),
                400)
          << step << start;
    }
  }
}

TEST(RequestParserTest, NothingIsTakenAfterAFailure) {
  RequestParser parser{RequestLimits()};
  parser.Parse("garbage\r\n\r\n");
  ASSERT_TRUE(parser.failed());
  EXPECT_FALSE(parser.failure_message().empty());
  EXPECT_EQ(parser.Parse(kGet), 0);
  EXPECT_FALSE(parser.done());
}

}  // namespace
}  // namespace http
}  // namespace dsql
