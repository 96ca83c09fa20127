// SPDX-License-Identifier: Apache-2.0

#include "testing/transports/tls_client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "openssl/bio.h"
#include "openssl/err.h"
#include "openssl/pem.h"
#include "openssl/ssl.h"
#include "openssl/x509.h"

namespace dsql_testing {
namespace {

using ::dsql::postgres::UniqueFd;

UniqueFd Connect(const std::string& host, int port) {
  UniqueFd connected(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const timeval patience = absl::ToTimeval(TlsClient::kPatience);
  for (const int option : {SO_SNDTIMEO, SO_RCVTIMEO}) {
    setsockopt(connected.get(), SOL_SOCKET, option, &patience,
               sizeof(patience));
  }
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  inet_pton(AF_INET, host.c_str(), &address.sin_addr);
  if (connect(connected.get(), reinterpret_cast<sockaddr*>(&address),
              sizeof(address)) != 0) {
    connected.Close();
  }
  return connected;
}

std::string LastError() {
  char text[256] = "";
  ERR_error_string_n(ERR_peek_last_error(), text, sizeof(text));
  ERR_clear_error();
  return text;
}

}  // namespace

struct TlsClient::Ssl {
  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context{
      SSL_CTX_new(TLS_client_method()), &SSL_CTX_free};
  std::unique_ptr<SSL, decltype(&SSL_free)> ssl{nullptr, &SSL_free};

  void Offer(const TlsOffer& offer) {
    // What is weak must be offered to see it refused.
    SSL_CTX_set_security_level(context.get(), 0);
    SSL_CTX_set_options(context.get(), SSL_OP_LEGACY_SERVER_CONNECT);
    SSL_CTX_set_min_proto_version(context.get(), offer.min_version);
    SSL_CTX_set_max_proto_version(context.get(), offer.max_version);
    if (!offer.ciphers.empty())
      SSL_CTX_set_cipher_list(context.get(), offer.ciphers.c_str());
    if (!offer.authority.empty()) {
      SSL_CTX_load_verify_locations(context.get(), offer.authority.c_str(),
                                    nullptr);
      SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
    }
    ssl.reset(SSL_new(context.get()));
    SSL_set_alpn_protos(
        ssl.get(), reinterpret_cast<const unsigned char*>(offer.alpn.data()),
        static_cast<unsigned int>(offer.alpn.size()));
    if (offer.server_name.empty()) return;
    SSL_set_tlsext_host_name(ssl.get(), offer.server_name.c_str());
    SSL_set1_host(ssl.get(), offer.server_name.c_str());
  }
};

TlsClient::TlsClient(const std::string& host, int port, const TlsOffer& offer)
    : socket_(Connect(host, port)), ssl_(std::make_unique<Ssl>()) {
  ssl_->Offer(offer);
  SSL_set_fd(ssl_->ssl.get(), socket_.get());
  connected_ = SSL_connect(ssl_->ssl.get()) == 1;
  if (!connected_) error_ = LastError();
}

TlsClient::~TlsClient() = default;

std::string TlsClient::version() const {
  return SSL_get_version(ssl_->ssl.get());
}

std::string TlsClient::cipher() const {
  return SSL_get_cipher_name(ssl_->ssl.get());
}

std::string TlsClient::protocol() const {
  const unsigned char* protocol = nullptr;
  unsigned int size = 0;
  SSL_get0_alpn_selected(ssl_->ssl.get(), &protocol, &size);
  return std::string(reinterpret_cast<const char*>(protocol), size);
}

std::string TlsClient::certificate() const {
  const std::unique_ptr<BIO, decltype(&BIO_free_all)> bio(BIO_new(BIO_s_mem()),
                                                          &BIO_free_all);
  PEM_write_bio_X509(bio.get(), SSL_get0_peer_certificate(ssl_->ssl.get()));
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return std::string(data, static_cast<size_t>(size));
}

int TlsClient::chain_length() const {
  return sk_X509_num(SSL_get_peer_cert_chain(ssl_->ssl.get()));
}

bool TlsClient::Send(absl::string_view bytes) {
  return connected_ && SSL_write(ssl_->ssl.get(), bytes.data(),
                                 static_cast<int>(bytes.size())) > 0;
}

bool TlsClient::Fill() {
  char buffer[65536];
  const int size =
      connected_ ? SSL_read(ssl_->ssl.get(), buffer, sizeof(buffer)) : 0;
  if (size <= 0) {
    error_ = LastError();
    return false;
  }
  inbox_.append(buffer, static_cast<size_t>(size));
  return true;
}

std::string TlsClient::Read(size_t count) {
  while (inbox_.size() < count && Fill()) {
  }
  std::string taken = inbox_.substr(0, count);
  inbox_.erase(0, count);
  return taken;
}

std::string TlsClient::ReadToEnd() {
  while (Fill()) {
  }
  std::string taken;
  taken.swap(inbox_);
  return taken;
}

bool TlsClient::Renegotiate() {
  return SSL_renegotiate(ssl_->ssl.get()) == 1 &&
         SSL_do_handshake(ssl_->ssl.get()) == 1;
}

}  // namespace dsql_testing
