// SPDX-License-Identifier: Apache-2.0

// A client of TLS that is told what to offer, and reports what it got.

#ifndef TESTING_TRANSPORTS_TLS_CLIENT_H_
#define TESTING_TRANSPORTS_TLS_CLIENT_H_

#include <memory>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "dsql/postgres/unique_fd.h"

namespace dsql_testing {

struct TlsOffer {
  // By SNI; empty: none.
  std::string server_name;
  // As ALPN has it, each protocol after its length; empty: none.
  std::string alpn;
  // The versions, in OpenSSL's numbers; 0: OpenSSL's own choice.
  int min_version = 0;
  int max_version = 0;
  // Of TLS 1.2, in OpenSSL's form; empty: its own choice.
  std::string ciphers;
  // A file of PEM by which the server and its name must be verified; empty:
  // anybody will do.
  std::string authority;
};

// No call waits for longer than kPatience. Thread-compatible.
class TlsClient {
 public:
  static constexpr absl::Duration kPatience = absl::Seconds(10);

  // Connects and begins TLS at once.
  TlsClient(const std::string& host, int port, const TlsOffer& offer);
  ~TlsClient();
  TlsClient(const TlsClient&) = delete;
  TlsClient& operator=(const TlsClient&) = delete;

  // Whether TLS was agreed on; if not, error() says why not.
  bool connected() const { return connected_; }
  const std::string& error() const { return error_; }
  // "TLSv1.3", the cipher's name, what ALPN chose, and the server's
  // certificate, PEM.
  std::string version() const;
  std::string cipher() const;
  std::string protocol() const;
  std::string certificate() const;
  // How many certificates the server sent.
  int chain_length() const;

  bool Send(absl::string_view bytes);
  // Exactly so many bytes; fewer where the other side ends before.
  std::string Read(size_t count);
  // All until the other side ends.
  std::string ReadToEnd();
  // Whether the server takes a new handshake on a connection of TLS 1.2.
  bool Renegotiate();
  // Without a word.
  void Vanish() { socket_.Close(); }

 private:
  struct Ssl;

  bool Fill();

  dsql::postgres::UniqueFd socket_;
  std::unique_ptr<Ssl> ssl_;
  bool connected_ = false;
  std::string error_;
  std::string inbox_;
};

}  // namespace dsql_testing

#endif  // TESTING_TRANSPORTS_TLS_CLIENT_H_
