#include "dsql/net/certificate_authority.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <utility>

#include "absl/memory/memory.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "dsql/base/status_macros.h"
#include "openssl/bio.h"
#include "openssl/err.h"
#include "openssl/evp.h"
#include "openssl/pem.h"
#include "openssl/rand.h"
#include "openssl/ssl.h"
#include "openssl/x509.h"
#include "openssl/x509v3.h"

namespace dsql {
namespace {

using KeyPtr = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using X509Ptr = std::unique_ptr<X509, decltype(&X509_free)>;
using ExtensionPtr =
    std::unique_ptr<X509_EXTENSION, decltype(&X509_EXTENSION_free)>;

constexpr char kAuthorityName[] = "FakeDsql CA";
constexpr char kServerName[] = "FakeDsql";
constexpr char kNotBefore[] = "19700101000000Z";
constexpr char kNotAfter[] = "99991231235959Z";
constexpr int kVersion3 = 2;
// As ALPN has it: with its length.
constexpr absl::string_view kProtocol("\x0apostgresql");

absl::Status TlsError(absl::string_view what) {
  char text[256] = "";
  const unsigned long error = ERR_get_error();
  if (error != 0) ERR_error_string_n(error, text, sizeof(text));
  ERR_clear_error();
  return absl::InternalError(absl::StrCat("OpenSSL cannot ", what, ": ", text));
}

absl::StatusOr<KeyPtr> MakeKey() {
  KeyPtr key(EVP_EC_gen("P-256"), &EVP_PKEY_free);
  if (key == nullptr) return TlsError("make an EC key");
  return key;
}

bool AddExtension(X509* issuer, int nid, const std::string& value, X509* x509) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, x509, nullptr, nullptr, 0);
  const ExtensionPtr extension(
      X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str()),
      &X509_EXTENSION_free);
  return extension != nullptr && X509_add_ext(x509, extension.get(), -1) == 1;
}

bool SetRandomSerial(X509* x509) {
  // Positive, and 20 bytes at most: 8 are random enough here.
  uint64_t serial = 0;
  return RAND_bytes(reinterpret_cast<unsigned char*>(&serial),
                    sizeof(serial)) == 1 &&
         ASN1_INTEGER_set_uint64(X509_get_serialNumber(x509), serial >> 1) == 1;
}

bool SetName(X509_NAME* name, const char* common_name) {
  return X509_NAME_add_entry_by_txt(
             name, "CN", MBSTRING_UTF8,
             reinterpret_cast<const unsigned char*>(common_name), -1, -1,
             0) == 1;
}

// A certificate for `key`, without extensions and not signed yet.
X509Ptr MakeCertificate(EVP_PKEY* key, const char* name) {
  X509Ptr x509(X509_new(), &X509_free);
  const bool made =
      x509 != nullptr && X509_set_version(x509.get(), kVersion3) == 1 &&
      SetRandomSerial(x509.get()) &&
      ASN1_TIME_set_string(X509_getm_notBefore(x509.get()), kNotBefore) == 1 &&
      ASN1_TIME_set_string(X509_getm_notAfter(x509.get()), kNotAfter) == 1 &&
      SetName(X509_get_subject_name(x509.get()), name) &&
      X509_set_pubkey(x509.get(), key) == 1;
  if (!made) x509.reset();
  return x509;
}

std::string AlternativeNames(const std::vector<std::string>& hosts) {
  std::vector<std::string> names;
  for (const std::string& host : hosts) {
    in_addr address;
    const bool is_address = inet_pton(AF_INET, host.c_str(), &address) == 1;
    names.push_back(absl::StrCat(is_address ? "IP:" : "DNS:", host));
  }
  return absl::StrJoin(names, ",");
}

std::string ToPem(X509* x509) {
  const std::unique_ptr<BIO, decltype(&BIO_free_all)> bio(BIO_new(BIO_s_mem()),
                                                          &BIO_free_all);
  if (bio == nullptr || PEM_write_bio_X509(bio.get(), x509) != 1) return "";
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return std::string(data, static_cast<size_t>(size));
}

int SelectProtocol(SSL*, const unsigned char** out, unsigned char* out_size,
                   const unsigned char* in, unsigned int in_size, void*) {
  unsigned char* selected = nullptr;
  const int found = SSL_select_next_proto(
      &selected, out_size,
      reinterpret_cast<const unsigned char*>(kProtocol.data()),
      static_cast<unsigned int>(kProtocol.size()), in, in_size);
  *out = selected;
  return found == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK
                                         : SSL_TLSEXT_ERR_ALERT_FATAL;
}

absl::StatusOr<int> MemoryFile(const std::string& content) {
  const int file = memfd_create("fakedsql-ca", MFD_CLOEXEC);
  if (file < 0 || write(file, content.data(), content.size()) !=
                      static_cast<ssize_t>(content.size())) {
    if (file >= 0) close(file);
    return absl::UnavailableError(absl::StrCat(
        "Cannot keep the CA's certificate in memory: ", strerror(errno)));
  }
  return file;
}

}  // namespace

struct CertificateAuthority::Key {
  KeyPtr key;
  X509Ptr x509;
};

CertificateAuthority::CertificateAuthority() = default;

CertificateAuthority::~CertificateAuthority() {
  if (file_ >= 0) close(file_);
}

absl::StatusOr<std::unique_ptr<CertificateAuthority>>
CertificateAuthority::Create() {
  DSQL_ASSIGN_OR_RETURN(KeyPtr key, MakeKey());
  X509Ptr x509 = MakeCertificate(key.get(), kAuthorityName);
  X509* const self = x509.get();
  const bool made =
      self != nullptr &&
      X509_set_issuer_name(self, X509_get_subject_name(self)) == 1 &&
      AddExtension(self, NID_basic_constraints, "critical,CA:TRUE", self) &&
      AddExtension(self, NID_key_usage, "critical,keyCertSign,cRLSign", self) &&
      AddExtension(self, NID_subject_key_identifier, "hash", self) &&
      X509_sign(self, key.get(), EVP_sha256()) > 0;
  if (!made) return TlsError("make a certificate authority");
  auto authority = absl::WrapUnique(new CertificateAuthority());
  authority->certificate_ = ToPem(self);
  authority->key_ = std::make_unique<Key>(Key{std::move(key), std::move(x509)});
  DSQL_ASSIGN_OR_RETURN(authority->file_, MemoryFile(authority->certificate_));
  return authority;
}

absl::StatusOr<std::shared_ptr<SSL_CTX>> CertificateAuthority::ServerContext(
    const std::vector<std::string>& hosts) const {
  DSQL_ASSIGN_OR_RETURN(const KeyPtr key, MakeKey());
  X509* const issuer = key_->x509.get();
  const X509Ptr x509 = MakeCertificate(key.get(), kServerName);
  const bool made =
      x509 != nullptr &&
      X509_set_issuer_name(x509.get(), X509_get_subject_name(issuer)) == 1 &&
      AddExtension(issuer, NID_basic_constraints, "critical,CA:FALSE",
                   x509.get()) &&
      AddExtension(issuer, NID_key_usage, "critical,digitalSignature",
                   x509.get()) &&
      AddExtension(issuer, NID_ext_key_usage, "serverAuth", x509.get()) &&
      AddExtension(issuer, NID_authority_key_identifier, "keyid", x509.get()) &&
      AddExtension(issuer, NID_subject_alt_name, AlternativeNames(hosts),
                   x509.get()) &&
      X509_sign(x509.get(), key_->key.get(), EVP_sha256()) > 0;
  if (!made) return TlsError("make a server certificate");
  std::shared_ptr<SSL_CTX> context(SSL_CTX_new(TLS_server_method()),
                                   &SSL_CTX_free);
  const bool set =
      context != nullptr &&
      SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION) == 1 &&
      SSL_CTX_use_certificate(context.get(), x509.get()) == 1 &&
      SSL_CTX_use_PrivateKey(context.get(), key.get()) == 1;
  if (!set) return TlsError("use a server certificate");
  // No PostgreSQL client resumes a session.
  SSL_CTX_set_num_tickets(context.get(), 0);
  SSL_CTX_set_alpn_select_cb(context.get(), &SelectProtocol, nullptr);
  return context;
}

std::string CertificateAuthority::certificate_file() const {
  return absl::StrCat("/proc/", getpid(), "/fd/", file_);
}

}  // namespace dsql
