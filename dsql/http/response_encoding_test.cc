// SPDX-License-Identifier: Apache-2.0

#include "dsql/http/response_encoding.h"

#include "gtest/gtest.h"

namespace dsql {
namespace http {
namespace {

HttpResponse Response() {
  HttpResponse response;
  response.headers = {{"X-A", "1"}};
  response.body = "{}";
  return response;
}

TEST(ResponseEncodingTest, HasStatusHeadersAndBody) {
  EXPECT_EQ(EncodeResponse(Response(), {}),
            "HTTP/1.1 200 OK\r\nX-A: 1\r\nContent-Length: 2\r\n\r\n{}");
}

TEST(ResponseEncodingTest, SaysWhatTheConnectionDoesUnlessItIsTheDefault) {
  ResponseContext context;
  context.keep_alive = false;
  EXPECT_EQ(EncodeResponse(HttpResponse(), context),
            "HTTP/1.1 200 OK\r\nConnection: close\r\n"
            "Content-Length: 0\r\n\r\n");
  context.http_1_1 = false;
  EXPECT_EQ(EncodeResponse(HttpResponse(), context),
            "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  context.keep_alive = true;
  EXPECT_EQ(EncodeResponse(HttpResponse(), context),
            "HTTP/1.1 200 OK\r\nConnection: keep-alive\r\n"
            "Content-Length: 0\r\n\r\n");
}

TEST(ResponseEncodingTest, HeadAnswersHaveALengthAndNoBody) {
  ResponseContext context;
  context.head = true;
  EXPECT_EQ(EncodeResponse(Response(), context),
            "HTTP/1.1 200 OK\r\nX-A: 1\r\nContent-Length: 2\r\n\r\n");
}

TEST(ResponseEncodingTest, NoContentHasNoLength) {
  HttpResponse response;
  response.status = 204;
  EXPECT_EQ(EncodeResponse(response, {}), "HTTP/1.1 204 No Content\r\n\r\n");
}

TEST(ResponseEncodingTest, HeadersCannotBeSplit) {
  HttpResponse response;
  response.headers = {{"X", "a\r\nSet-Cookie: b"}};
  EXPECT_EQ(EncodeResponse(response, {}),
            "HTTP/1.1 200 OK\r\nX: a  Set-Cookie: b\r\n"
            "Content-Length: 0\r\n\r\n");
}

}  // namespace
}  // namespace http
}  // namespace dsql
