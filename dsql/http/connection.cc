// SPDX-License-Identifier: Apache-2.0

#include "dsql/http/connection.h"

#include <algorithm>
#include <utility>

namespace dsql {
namespace http {
namespace {

namespace asio = ::boost::asio;

using ::boost::system::error_code;
using Tcp = asio::ip::tcp;

// After the last answer, how much more a client may send, and how long, before
// it is cut off; it may not read the answer before it has sent all.
constexpr size_t kMaxLingerBytes = 64 * 1024 * 1024;
constexpr absl::Duration kLingerTimeout = absl::Seconds(2);

// As good as never; more might be too much for the clock.
constexpr absl::Duration kLongestTimeout = absl::Hours(24 * 365);

constexpr absl::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

std::string AddressOf(const Tcp::socket& socket) {
  error_code gone;
  const auto peer = socket.remote_endpoint(gone);
  return gone ? std::string() : peer.address().to_string();
}

}  // namespace

Connection::Connection(Tcp::socket socket, HttpServerState* state)
    : state_(*state),
      socket_(std::move(socket)),
      peer_address_(AddressOf(socket_)),
      timer_(state->threads.io()),
      parser_(state->options.limits) {
  error_code ignored;
  socket_.set_option(Tcp::no_delay(true), ignored);
  // For Answer().
  socket_.non_blocking(true, ignored);
}

void Connection::Serve() {
  inbox_.erase(0, parser_.Parse(inbox_));
  if (parser_.failed()) {
    return Refuse(parser_.failure_status(), parser_.failure_message());
  }
  if (parser_.done()) return Handle();
  if (parser_.awaits_continue() && !continued_) return SendContinue();
  Read();
}

void Connection::Stop() {
  if (!in_flight_) Close();
}

void Connection::Close() {
  error_code ignored;
  socket_.close(ignored);
  expiry_ = Expiry::kNothing;
  timer_.cancel();
  if (state_.connections.erase(shared_from_this()) != 0 && state_.stopping &&
      state_.connections.empty()) {
    state_.drained.Notify();
  }
}

void Connection::SetDeadline(absl::Duration timeout, Expiry expiry) {
  expiry_ = expiry;
  deadline_ = std::chrono::steady_clock::now() +
              absl::ToChronoNanoseconds(std::min(timeout, kLongestTimeout));
  if (!timer_runs_ || deadline_ < timer_.expiry()) StartTimer();
}

void Connection::StartTimer() {
  timer_runs_ = true;
  timer_.expires_at(deadline_);
  timer_.async_wait([self = shared_from_this()](error_code error) {
    if (!error && self->socket_.is_open()) self->OnTimer();
  });
}

void Connection::OnTimer() {
  timer_runs_ = false;
  if (expiry_ == Expiry::kNothing) return;
  if (std::chrono::steady_clock::now() < deadline_) return StartTimer();
  if (expiry_ == Expiry::kClose) return Close();
  Refuse(408, "The request did not arrive in time");
}

void Connection::Read() {
  if (!in_request_ && (parser_.started() || !inbox_.empty())) {
    in_request_ = true;
    SetDeadline(state_.options.request_timeout, Expiry::kRefuse);
  } else if (!in_request_ && !idle_) {
    idle_ = true;
    SetDeadline(state_.options.idle_timeout, Expiry::kClose);
  }
  socket_.async_read_some(
      asio::buffer(buffer_),
      [self = shared_from_this()](error_code error, size_t size) {
        if (self->refused_ || !self->socket_.is_open()) return;
        if (error) return self->Close();
        self->inbox_.append(self->buffer_.data(), size);
        self->Serve();
      });
}

void Connection::SendContinue() {
  continued_ = true;
  asio::async_write(socket_, asio::buffer(kContinue.data(), kContinue.size()),
                    [self = shared_from_this()](error_code error, size_t) {
                      if (self->refused_ || !self->socket_.is_open()) return;
                      if (error) return self->Close();
                      self->Read();
                    });
}

void Connection::Handle() {
  BeginAnswer();
  keep_alive_ = parser_.keep_alive();
  context_.http_1_1 = parser_.is_http_1_1();
  request_ = parser_.TakeRequest();
  request_.peer_address = peer_address_;
  context_.head = request_.method == "HEAD";
  state_.threads.Run(shared_from_this());
}

void Connection::Run() { response_ = state_.handler->Handle(request_); }

void Connection::Finish() {
  // What is large is not kept until the next request.
  request_ = HttpRequest();
  Answer(std::exchange(response_, HttpResponse()));
}

void Connection::Refuse(int status, absl::string_view message) {
  BeginAnswer();
  refused_ = true;
  keep_alive_ = false;
  context_ = ResponseContext();
  Answer(state_.handler->Refuse(status, message));
}

void Connection::BeginAnswer() {
  expiry_ = Expiry::kNothing;
  in_flight_ = true;
  in_request_ = false;
  idle_ = false;
  continued_ = false;
}

void Connection::Answer(const HttpResponse& response) {
  if (!socket_.is_open()) return;
  context_.keep_alive = keep_alive_ && !state_.stopping;
  outbox_ = EncodeResponse(response, context_);
  error_code error;
  const size_t sent = socket_.write_some(asio::buffer(outbox_), error);
  if (error && error != asio::error::would_block) return Close();
  if (sent == outbox_.size()) return EndAnswer();
  SendRest(sent);
}

void Connection::SendRest(size_t sent) {
  SetDeadline(state_.options.answer_timeout, Expiry::kClose);
  asio::async_write(socket_, asio::buffer(outbox_) + sent,
                    [self = shared_from_this()](error_code error, size_t) {
                      if (!self->socket_.is_open()) return;
                      if (error) return self->Close();
                      self->EndAnswer();
                    });
}

void Connection::EndAnswer() {
  expiry_ = Expiry::kNothing;
  in_flight_ = false;
  if (state_.stopping) return Close();
  if (!context_.keep_alive) {
    error_code ignored;
    socket_.shutdown(Tcp::socket::shutdown_send, ignored);
    SetDeadline(kLingerTimeout, Expiry::kClose);
    return Linger();
  }
  if (inbox_.empty()) return Serve();
  // Others come first, who have not been answered yet.
  asio::post(socket_.get_executor(), [self = shared_from_this()] {
    if (self->socket_.is_open()) self->Serve();
  });
}

// Closing while bytes are unread would reset the connection, and the client
// might never see its answer.
void Connection::Linger() {
  socket_.async_read_some(
      asio::buffer(buffer_),
      [self = shared_from_this()](error_code error, size_t size) {
        if (!self->socket_.is_open()) return;
        self->lingered_ += size;
        if (error || self->lingered_ > kMaxLingerBytes) return self->Close();
        self->Linger();
      });
}

}  // namespace http
}  // namespace dsql
