// SPDX-License-Identifier: Apache-2.0

#include "dsql/net/certificate_authority.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <functional>
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
constexpr int kVersion3 = 2;
constexpr long kDay = 24 * 60 * 60;
// Browsers take no server's certificate that is good for more than 398 days.
constexpr long kServerDays = 397;
// As ALPN has them, each with its length, the one that is preferred first.
constexpr absl::string_view kProtocols("\x0apostgresql\x08http/1.1");
// Of TLS 1.2: those with forward secrecy and authenticated encryption. Those of
// 1.3 all are.
constexpr char kCiphers[] = "ECDHE+AESGCM:ECDHE+CHACHA20";

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

// From 1970 to 9999, each in the form that RFC 5280 wants for its century.
bool SetEndless(X509* x509) {
  return ASN1_TIME_set_string(X509_getm_notBefore(x509), "700101000000Z") ==
             1 &&
         ASN1_TIME_set_string(X509_getm_notAfter(x509), "99991231235959Z") == 1;
}

// From yesterday on, so that a clock that is slow does no harm.
bool SetServerDays(X509* x509) {
  const time_t yesterday = time(nullptr) - kDay;
  return ASN1_TIME_set(X509_getm_notBefore(x509), yesterday) != nullptr &&
         ASN1_TIME_set(X509_getm_notAfter(x509),
                       yesterday + kServerDays * kDay) != nullptr;
}

// A certificate for `key`, without a time, extensions and a signature yet.
X509Ptr MakeCertificate(EVP_PKEY* key, const char* name) {
  X509Ptr x509(X509_new(), &X509_free);
  const bool made = x509 != nullptr &&
                    X509_set_version(x509.get(), kVersion3) == 1 &&
                    SetRandomSerial(x509.get()) &&
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
      reinterpret_cast<const unsigned char*>(kProtocols.data()),
      static_cast<unsigned int>(kProtocols.size()), in, in_size);
  *out = selected;
  return found == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK
                                         : SSL_TLSEXT_ERR_ALERT_FATAL;
}

absl::StatusOr<std::shared_ptr<SSL_CTX>> ContextOf(X509* x509, EVP_PKEY* key) {
  std::shared_ptr<SSL_CTX> context(SSL_CTX_new(TLS_server_method()),
                                   &SSL_CTX_free);
  const bool set =
      context != nullptr &&
      SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION) == 1 &&
      SSL_CTX_set_cipher_list(context.get(), kCiphers) == 1 &&
      SSL_CTX_use_certificate(context.get(), x509) == 1 &&
      SSL_CTX_use_PrivateKey(context.get(), key) == 1;
  if (!set) return TlsError("use a server certificate");
  SSL_CTX_set_options(context.get(),
                      SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  // No PostgreSQL client resumes a session.
  SSL_CTX_set_num_tickets(context.get(), 0);
  SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
  SSL_CTX_set_alpn_select_cb(context.get(), &SelectProtocol, nullptr);
  return context;
}

using FilePtr = std::unique_ptr<FILE, int (*)(FILE*)>;

constexpr char kKeyFile[] = "/key.pem";
constexpr char kCertificateFile[] = "/certificate.pem";

absl::Status FileError(absl::string_view what, const std::string& path) {
  return absl::ErrnoToStatus(
      errno, absl::StrCat("Cannot ", what, " ", path, " of the endpoints' CA"));
}

// Writes a file by `write`, through to the disk.
absl::Status WriteThrough(const std::string& path,
                          const std::function<bool(FILE*)>& write) {
  const FilePtr file(fopen(path.c_str(), "we"), &fclose);
  if (file == nullptr || !write(file.get()) || fflush(file.get()) != 0 ||
      fsync(fileno(file.get())) != 0) {
    return FileError("write", path);
  }
  return absl::OkStatus();
}

// Reads a file of PEM by `read`.
template <typename Ptr>
absl::StatusOr<Ptr> ReadPem(const std::string& path,
                            const std::function<Ptr(FILE*)>& read) {
  const FilePtr file(fopen(path.c_str(), "re"), &fclose);
  if (file == nullptr && errno != ENOENT) return FileError("read", path);
  if (file != nullptr) {
    Ptr value = read(file.get());
    if (value != nullptr) return value;
    ERR_clear_error();
  }
  return absl::DataLossError(absl::StrCat(
      path,
      " is missing or damaged. Remove its directory to have another CA "
      "made, which clients then have to trust"));
}

absl::StatusOr<int> MemoryFile(const std::string& content) {
  const int file = memfd_create("fakedsql-ca", MFD_CLOEXEC);
  if (file < 0 || write(file, content.data(), content.size()) !=
                      static_cast<ssize_t>(content.size())) {
    const absl::Status why = absl::ErrnoToStatus(
        errno, "Cannot keep the CA's certificate in memory");
    if (file >= 0) close(file);
    return absl::UnavailableError(why.message());
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
  DSQL_ASSIGN_OR_RETURN(std::unique_ptr<CertificateAuthority> authority,
                        Make());
  DSQL_ASSIGN_OR_RETURN(authority->file_, MemoryFile(authority->certificate_));
  return authority;
}

absl::StatusOr<std::unique_ptr<CertificateAuthority>>
CertificateAuthority::Open(const std::string& directory) {
  if (access(directory.c_str(), F_OK) != 0) {
    DSQL_ASSIGN_OR_RETURN(const std::unique_ptr<CertificateAuthority> made,
                          Make());
    // One that was left unfinished is written over.
    const std::string unfinished = directory + ".new";
    if (mkdir(unfinished.c_str(), 0700) != 0 && errno != EEXIST)
      return FileError("make the directory", unfinished);
    DSQL_RETURN_IF_ERROR(made->Write(unfinished));
    if (rename(unfinished.c_str(), directory.c_str()) != 0)
      return FileError("rename", unfinished);
  }
  return Read(directory);
}

absl::Status CertificateAuthority::Write(const std::string& directory) const {
  DSQL_RETURN_IF_ERROR(WriteThrough(directory + kKeyFile, [this](FILE* file) {
    return fchmod(fileno(file), 0600) == 0 &&
           PEM_write_PrivateKey(file, key_->key.get(), nullptr, nullptr, 0,
                                nullptr, nullptr) == 1;
  }));
  return WriteThrough(directory + kCertificateFile, [this](FILE* file) {
    return fputs(certificate_.c_str(), file) >= 0;
  });
}

absl::StatusOr<std::unique_ptr<CertificateAuthority>>
CertificateAuthority::Read(const std::string& directory) {
  DSQL_ASSIGN_OR_RETURN(
      KeyPtr key, ReadPem<KeyPtr>(directory + kKeyFile, [](FILE* file) {
        return KeyPtr(PEM_read_PrivateKey(file, nullptr, nullptr, nullptr),
                      &EVP_PKEY_free);
      }));
  auto authority = absl::WrapUnique(new CertificateAuthority());
  authority->path_ = directory + kCertificateFile;
  DSQL_ASSIGN_OR_RETURN(
      X509Ptr x509, ReadPem<X509Ptr>(authority->path_, [&key](FILE* file) {
        X509Ptr read(PEM_read_X509(file, nullptr, nullptr, nullptr),
                     &X509_free);
        // A certificate of another key is as good as none.
        if (read != nullptr &&
            X509_check_private_key(read.get(), key.get()) != 1)
          read.reset();
        return read;
      }));
  authority->certificate_ = ToPem(x509.get());
  authority->key_ = std::make_unique<Key>(Key{std::move(key), std::move(x509)});
  return authority;
}

absl::StatusOr<std::unique_ptr<CertificateAuthority>>
CertificateAuthority::Make() {
  DSQL_ASSIGN_OR_RETURN(KeyPtr key, MakeKey());
  X509Ptr x509 = MakeCertificate(key.get(), kAuthorityName);
  X509* const self = x509.get();
  const bool made =
      self != nullptr && SetEndless(self) &&
      X509_set_issuer_name(self, X509_get_subject_name(self)) == 1 &&
      AddExtension(self, NID_basic_constraints, "critical,CA:TRUE", self) &&
      AddExtension(self, NID_key_usage, "critical,keyCertSign,cRLSign", self) &&
      AddExtension(self, NID_subject_key_identifier, "hash", self) &&
      X509_sign(self, key.get(), EVP_sha256()) > 0;
  if (!made) return TlsError("make a certificate authority");
  auto authority = absl::WrapUnique(new CertificateAuthority());
  authority->certificate_ = ToPem(self);
  authority->key_ = std::make_unique<Key>(Key{std::move(key), std::move(x509)});
  return authority;
}

absl::StatusOr<std::shared_ptr<SSL_CTX>> CertificateAuthority::ServerContext(
    const std::vector<std::string>& hosts) const {
  DSQL_ASSIGN_OR_RETURN(const KeyPtr key, MakeKey());
  X509* const issuer = key_->x509.get();
  const X509Ptr x509 = MakeCertificate(key.get(), kServerName);
  X509* const self = x509.get();
  const bool made =
      self != nullptr && SetServerDays(self) &&
      X509_set_issuer_name(self, X509_get_subject_name(issuer)) == 1 &&
      AddExtension(issuer, NID_basic_constraints, "critical,CA:FALSE", self) &&
      AddExtension(issuer, NID_key_usage, "critical,digitalSignature", self) &&
      AddExtension(issuer, NID_ext_key_usage, "serverAuth", self) &&
      AddExtension(issuer, NID_subject_key_identifier, "hash", self) &&
      AddExtension(issuer, NID_authority_key_identifier, "keyid", self) &&
      AddExtension(issuer, NID_subject_alt_name, AlternativeNames(hosts),
                   self) &&
      X509_sign(self, key_->key.get(), EVP_sha256()) > 0;
  if (!made) return TlsError("make a server certificate");
  return ContextOf(self, key.get());
}

std::string CertificateAuthority::certificate_file() const {
  return path_.empty() ? absl::StrCat("/proc/", getpid(), "/fd/", file_)
                       : path_;
}

}  // namespace dsql
