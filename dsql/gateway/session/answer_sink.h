// SPDX-License-Identifier: Apache-2.0

// Where an answer goes.

#ifndef DSQL_GATEWAY_SESSION_ANSWER_SINK_H_
#define DSQL_GATEWAY_SESSION_ANSWER_SINK_H_

#include <cstddef>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"
#include "boost/asio/awaitable.hpp"
#include "dsql/gateway/link/client_stream.h"

namespace dsql {

class AnswerSink {
 public:
  virtual ~AnswerSink() = default;

  // Takes bytes of an answer. False: Flush() has to be awaited before they are
  // gone and more can be taken.
  virtual bool Take(absl::string_view bytes) = 0;
  virtual boost::asio::awaitable<void> Flush() { co_return; }
};

// Keeps an answer.
class CapturedAnswer final : public AnswerSink {
 public:
  bool Take(absl::string_view bytes) override {
    bytes_.append(bytes.data(), bytes.size());
    return true;
  }
  std::string& bytes() { return bytes_; }

 private:
  std::string bytes_;
};

// Writes to a client as the answer comes, or, where `keeps` bytes are allowed,
// as soon as it has become longer than that. What it keeps at the end is the
// caller's to write, as is what is `behind` then (see ClientStream::Write()):
// the server is idle by then, and need not wait for a client that does not
// read.
class ClientSink final : public AnswerSink {
 public:
  // `client` is not owned; null: nobody sees the answer.
  explicit ClientSink(ClientStream* client, size_t keeps = 0, size_t behind = 0)
      : client_(client), keeps_(keeps), behind_(behind) {}

  bool Take(absl::string_view bytes) override {
    if (client_ == nullptr) return true;
    if (kept_.size() + bytes.size() <= keeps_) {
      kept_.append(bytes.data(), bytes.size());
      return true;
    }
    waiting_ = bytes;
    return waiting_.empty();
  }
  boost::asio::awaitable<void> Flush() override {
    keeps_ = 0;
    if (!kept_.empty()) co_await client_->Write(kept_, behind_);
    kept_.clear();
    co_await client_->Write(std::exchange(waiting_, {}), behind_);
  }
  std::string& kept() { return kept_; }

 private:
  ClientStream* const client_;
  // 0 once it has begun to write.
  size_t keeps_;
  const size_t behind_;
  std::string kept_;
  absl::string_view waiting_;
};

}  // namespace dsql

#endif  // DSQL_GATEWAY_SESSION_ANSWER_SINK_H_
