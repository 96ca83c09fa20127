// SPDX-License-Identifier: Apache-2.0

#include "dsql/net/certificate_authority.h"

#include <stdlib.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "gtest/gtest.h"
#include "openssl/bio.h"
#include "openssl/pem.h"
#include "openssl/ssl.h"
#include "openssl/x509v3.h"

namespace dsql {
namespace {

using Ssl = std::unique_ptr<SSL, decltype(&SSL_free)>;
using Context = std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)>;

// A client that trusts `authority` only.
Context ClientContext(const CertificateAuthority& authority) {
  Context context(SSL_CTX_new(TLS_client_method()), &SSL_CTX_free);
  const std::string& pem = authority.certificate();
  BIO* bio = BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()));
  X509* x509 = PEM_read_bio_X509(bio, nullptr, nullptr, nullptr);
  X509_STORE_add_cert(SSL_CTX_get_cert_store(context.get()), x509);
  X509_free(x509);
  BIO_free(bio);
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  return context;
}

struct Handshake {
  bool done = false;
  long verify_result = 0;
  std::string protocol;
};

// Between a client who expects `host` and a server, in memory.
Handshake Connect(SSL_CTX* client_context, SSL_CTX* server_context,
                  const std::string& host, absl::string_view alpn = "") {
  Ssl client(SSL_new(client_context), &SSL_free);
  Ssl server(SSL_new(server_context), &SSL_free);
  BIO* client_side = nullptr;
  BIO* server_side = nullptr;
  BIO_new_bio_pair(&client_side, 0, &server_side, 0);
  SSL_set_bio(client.get(), client_side, client_side);
  SSL_set_bio(server.get(), server_side, server_side);
  SSL_set_connect_state(client.get());
  SSL_set_accept_state(server.get());
  if (X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(client.get()),
                                    host.c_str()) != 1) {
    SSL_set1_host(client.get(), host.c_str());
  }
  SSL_set_alpn_protos(client.get(),
                      reinterpret_cast<const unsigned char*>(alpn.data()),
                      static_cast<unsigned int>(alpn.size()));
  Handshake handshake;
  for (int turn = 0; turn < 10 && !handshake.done; ++turn) {
    SSL_do_handshake(client.get());
    SSL_do_handshake(server.get());
    handshake.done = SSL_is_init_finished(client.get()) &&
                     SSL_is_init_finished(server.get());
  }
  handshake.verify_result = SSL_get_verify_result(client.get());
  const unsigned char* protocol = nullptr;
  unsigned int size = 0;
  SSL_get0_alpn_selected(server.get(), &protocol, &size);
  handshake.protocol.assign(reinterpret_cast<const char*>(protocol), size);
  return handshake;
}

class CertificateAuthorityTest : public ::testing::Test {
 protected:
  CertificateAuthorityTest()
      : authority_(*CertificateAuthority::Create()),
        client_(ClientContext(*authority_)),
        server_(*authority_->ServerContext(
            {"localhost", "127.9.8.7", "*.dsql.us-east-1.on.aws"})) {}

  std::unique_ptr<CertificateAuthority> authority_;
  Context client_;
  std::shared_ptr<SSL_CTX> server_;
};

TEST_F(CertificateAuthorityTest, ClientVerifiesEachHost) {
  for (const char* host :
       {"localhost", "127.9.8.7", "abc.dsql.us-east-1.on.aws"}) {
    const Handshake handshake = Connect(client_.get(), server_.get(), host);
    EXPECT_TRUE(handshake.done) << host;
    EXPECT_EQ(handshake.verify_result, X509_V_OK) << host;
  }
}

TEST_F(CertificateAuthorityTest, AnotherHostIsNotVerified) {
  for (const char* host : {"127.0.0.1", "example.com"}) {
    EXPECT_FALSE(Connect(client_.get(), server_.get(), host).done) << host;
  }
}

TEST_F(CertificateAuthorityTest, AnotherAuthorityIsNotTrusted) {
  const auto other = *CertificateAuthority::Create();
  const Context client = ClientContext(*other);
  EXPECT_FALSE(Connect(client.get(), server_.get(), "localhost").done);
}

TEST_F(CertificateAuthorityTest, AlpnIsPostgresqlOrHttpOrNothing) {
  EXPECT_EQ(
      Connect(client_.get(), server_.get(), "localhost", "\x02h2\x0apostgresql")
          .protocol,
      "postgresql");
  EXPECT_EQ(Connect(client_.get(), server_.get(), "localhost", "\x08http/1.1")
                .protocol,
            "http/1.1");
  EXPECT_FALSE(
      Connect(client_.get(), server_.get(), "localhost", "\x02h2").done);
}

TEST_F(CertificateAuthorityTest, FileHoldsTheCertificate) {
  std::ifstream file(authority_->certificate_file());
  const std::string content((std::istreambuf_iterator<char>(file)),
                            std::istreambuf_iterator<char>());
  EXPECT_EQ(content, authority_->certificate());
}

class KeptAuthorityTest : public CertificateAuthorityTest {
 protected:
  KeptAuthorityTest() {
    std::string pattern = ::testing::TempDir() + "/authority.XXXXXX";
    parent_ = mkdtemp(&pattern[0]);
    directory_ = parent_ + "/certificates";
  }
  ~KeptAuthorityTest() override { std::filesystem::remove_all(parent_); }

  std::string parent_, directory_;
};

TEST_F(KeptAuthorityTest, IsTheSameAgain) {
  std::string certificate;
  std::shared_ptr<SSL_CTX> server;
  {
    const auto made = CertificateAuthority::Open(directory_);
    ASSERT_TRUE(made.ok()) << made.status();
    certificate = (*made)->certificate();
    server = *(*made)->ServerContext({"localhost"});
  }
  const auto again = CertificateAuthority::Open(directory_);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ((*again)->certificate(), certificate);
  // Who trusts the one trusts the servers of the other.
  const Context client = ClientContext(**again);
  EXPECT_TRUE(Connect(client.get(), server.get(), "localhost").done);
  const auto later = *(*again)->ServerContext({"localhost"});
  EXPECT_TRUE(Connect(client.get(), later.get(), "localhost").done);
}

TEST_F(KeptAuthorityTest, FileIsInItsDirectoryAndTheKeyIsPrivate) {
  const auto made = CertificateAuthority::Open(directory_);
  ASSERT_TRUE(made.ok()) << made.status();
  const std::string path = (*made)->certificate_file();
  EXPECT_EQ(path, directory_ + "/certificate.pem");
  std::ifstream file(path);
  const std::string content((std::istreambuf_iterator<char>(file)),
                            std::istreambuf_iterator<char>());
  EXPECT_EQ(content, (*made)->certificate());
  struct stat status;
  ASSERT_EQ(stat((directory_ + "/key.pem").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
  ASSERT_EQ(stat(directory_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0700u);
}

TEST_F(KeptAuthorityTest, WhatWasLeftUnfinishedIsMadeAgain) {
  ASSERT_EQ(mkdir((directory_ + ".new").c_str(), 0700), 0);
  std::ofstream(directory_ + ".new/key.pem") << "half a k";
  EXPECT_TRUE(CertificateAuthority::Open(directory_).ok());
}

TEST_F(KeptAuthorityTest, DamageIsTold) {
  ASSERT_TRUE(CertificateAuthority::Open(directory_).ok());
  std::filesystem::copy_file(directory_ + "/key.pem", parent_ + "/key.pem");
  std::ofstream(directory_ + "/key.pem") << "nonsense";
  EXPECT_TRUE(
      absl::IsDataLoss(CertificateAuthority::Open(directory_).status()));
  // The key of another one.
  ASSERT_TRUE(CertificateAuthority::Open(parent_ + "/other").ok());
  std::filesystem::copy_file(parent_ + "/other/key.pem",
                             directory_ + "/key.pem",
                             std::filesystem::copy_options::overwrite_existing);
  EXPECT_TRUE(
      absl::IsDataLoss(CertificateAuthority::Open(directory_).status()));
  std::filesystem::remove(directory_ + "/certificate.pem");
  EXPECT_TRUE(
      absl::IsDataLoss(CertificateAuthority::Open(directory_).status()));
}

}  // namespace
}  // namespace dsql
