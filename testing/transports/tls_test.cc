// SPDX-License-Identifier: Apache-2.0

// TLS of endpoints, looked at as testssl.sh looks at servers: versions,
// ciphers, renegotiation, the certificate and its names.

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "dsql/control/cluster_manager.h"
#include "dsql/fake_dsql.h"
#include "dsql/v1/dsql.pb.h"
#include "dsql/vpc_endpoint.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "openssl/pem.h"
#include "openssl/ssl.h"
#include "openssl/x509v3.h"
#include "testing/transports/transport_fixture.h"

namespace dsql_testing {
namespace {

using ::testing::HasSubstr;

using X509Ptr = std::unique_ptr<X509, decltype(&X509_free)>;

X509Ptr Parse(const std::string& pem) {
  const std::unique_ptr<BIO, decltype(&BIO_free_all)> bio(
      BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), &BIO_free_all);
  return X509Ptr(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr),
                 &X509_free);
}

class TlsTest : public TransportTest {
 protected:
  // Whether TLS is agreed on by `offer`, to which what a client of PostgreSQL
  // and one of WebSocket say are added in turn.
  void ExpectAgreed(TlsOffer offer, bool agreed, const std::string& what) {
    for (const char* alpn : {"\x0apostgresql", "\x08http/1.1", ""}) {
      offer.alpn = alpn;
      const auto client = NewTls(offer);
      EXPECT_EQ(client->connected(), agreed)
          << what << " " << alpn << ": " << client->error();
    }
  }

  X509Ptr Certificate() { return Parse(NewTls({})->certificate()); }
};

TEST_F(TlsTest, Only12And13) {
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    TlsOffer offer;
    offer.min_version = offer.max_version = version;
    ExpectAgreed(offer, true, absl::StrCat("version ", version));
  }
  for (const int version : {TLS1_VERSION, TLS1_1_VERSION}) {
    TlsOffer offer;
    offer.min_version = offer.max_version = version;
    ExpectAgreed(offer, false, absl::StrCat("version ", version));
  }
  EXPECT_EQ(NewTls({})->version(), "TLSv1.3");
}

TEST_F(TlsTest, OnlyCiphersWithForwardSecrecyAndAuthentication) {
  TlsOffer offer;
  offer.max_version = TLS1_2_VERSION;
  for (const char* ciphers :
       {"ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384",
        "ECDHE-ECDSA-CHACHA20-POLY1305"}) {
    offer.ciphers = ciphers;
    ExpectAgreed(offer, true, ciphers);
  }
  // Weak for one reason or another: no name, no secrecy, CBC, MD5, SHA1, RSA.
  for (const char* ciphers :
       {"aNULL", "eNULL", "RC4:3DES:SEED:IDEA", "kRSA", "aPSK",
        "ECDHE-ECDSA-AES128-SHA", "ECDHE-ECDSA-AES256-SHA",
        "ECDHE-ECDSA-AES128-SHA256", "ECDHE-ECDSA-AES256-SHA384"}) {
    offer.ciphers = ciphers;
    ExpectAgreed(offer, false, ciphers);
  }
}

TEST_F(TlsTest, NoRenegotiation) {
  TlsOffer offer;
  offer.max_version = TLS1_2_VERSION;
  const auto client = NewTls(offer);
  ASSERT_TRUE(client->connected()) << client->error();
  EXPECT_FALSE(client->Renegotiate());
}

TEST_F(TlsTest, AlpnIsOneOfTheTwoProtocols) {
  TlsOffer offer;
  for (const auto& [offered, chosen] :
       std::vector<std::pair<std::string, std::string>>{
           {"\x0apostgresql", "postgresql"},
           {"\x08http/1.1", "http/1.1"},
           {"\x02h2\x08http/1.1", "http/1.1"},
           {"\x08http/1.1\x0apostgresql", "postgresql"},
           {"", ""}}) {
    offer.alpn = offered;
    EXPECT_EQ(NewTls(offer)->protocol(), chosen);
  }
  offer.alpn = "\x02h2";
  const auto client = NewTls(offer);
  EXPECT_FALSE(client->connected());
  EXPECT_THAT(client->error(), HasSubstr("no application protocol"));
}

TEST_F(TlsTest, TheCertificateIsVerifiedByAllNames) {
  TlsOffer offer;
  offer.authority = *fake().certificate_file();
  dsql::v1::GetVpcEndpointServiceNameInput input;
  input.set_identifier(cluster().identifier());
  const auto service = fake().clusters().GetVpcEndpointServiceName(input);
  ASSERT_TRUE(service.ok()) << service.status();
  for (const std::string& name : {HostName(), std::string("localhost"),
                                  service->cluster_vpc_endpoint()}) {
    offer.server_name = name;
    const auto client = NewTls(offer);
    EXPECT_TRUE(client->connected()) << name << ": " << client->error();
    // The authority itself is known to who trusts it.
    EXPECT_EQ(client->chain_length(), 1);
  }
  offer.server_name = "x" + HostName();
  EXPECT_THAT(NewTls(offer)->error(), HasSubstr("certificate verify failed"));
  offer.server_name = HostName();
  offer.authority = "/etc/ssl/certs/ca-certificates.crt";
  EXPECT_FALSE(NewTls(offer)->connected());
}

TEST_F(TlsTest, TheCertificateIsAsBrowsersWantIt) {
  const X509Ptr x509 = Certificate();
  ASSERT_NE(x509, nullptr);
  EXPECT_EQ(X509_get_version(x509.get()), 2);
  int days = 0, seconds = 0;
  ASSERT_EQ(ASN1_TIME_diff(&days, &seconds, X509_get0_notBefore(x509.get()),
                           X509_get0_notAfter(x509.get())),
            1);
  EXPECT_LE(days, 398);
  EXPECT_GE(days, 365);
  EXPECT_LT(X509_cmp_time(X509_get0_notBefore(x509.get()), nullptr), 0);
  EXPECT_GT(X509_cmp_time(X509_get0_notAfter(x509.get()), nullptr), 0);
  EXPECT_EQ(X509_get_extended_key_usage(x509.get()), XKU_SSL_SERVER);
  EXPECT_EQ(X509_get_key_usage(x509.get()),
            static_cast<uint32_t>(KU_DIGITAL_SIGNATURE));
  EXPECT_EQ(X509_check_ca(x509.get()), 0);
  EXPECT_NE(X509_get0_subject_key_id(x509.get()), nullptr);
  EXPECT_NE(X509_get0_authority_key_id(x509.get()), nullptr);
  EXPECT_EQ(X509_get_signature_nid(x509.get()), NID_ecdsa_with_SHA256);
  EXPECT_EQ(EVP_PKEY_get_bits(X509_get0_pubkey(x509.get())), 256);
  // RFC 5280: positive, at most 20 bytes.
  const ASN1_INTEGER* serial = X509_get0_serialNumber(x509.get());
  EXPECT_EQ(ASN1_STRING_type(serial), V_ASN1_INTEGER);
  EXPECT_LE(ASN1_STRING_length(serial), 20);
}

TEST_F(TlsTest, VpcEndpointsAreTheSame) {
  const auto endpoint = fake().CreateVpcEndpoint();
  ASSERT_TRUE(endpoint.ok()) << endpoint.status();
  const auto info = endpoint->ConnectionInfo(cluster());
  TlsOffer offer;
  offer.authority = *fake().certificate_file();
  offer.server_name = info->host;
  const TlsClient client(endpoint->host(), endpoint->port(), offer);
  EXPECT_TRUE(client.connected()) << client.error();
  offer.min_version = offer.max_version = TLS1_1_VERSION;
  EXPECT_FALSE(
      TlsClient(endpoint->host(), endpoint->port(), offer).connected());
  // As on AWS, it is not for the endpoint's own name.
  offer = {};
  offer.authority = *fake().certificate_file();
  offer.server_name = endpoint->dns_name();
  EXPECT_THAT(TlsClient(endpoint->host(), endpoint->port(), offer).error(),
              HasSubstr("certificate verify failed"));
}

}  // namespace
}  // namespace dsql_testing
