// TLS for endpoints: an authority that clients can trust, and certificates that
// it signs, made in memory.

#ifndef DSQL_NET_CERTIFICATE_AUTHORITY_H_
#define DSQL_NET_CERTIFICATE_AUTHORITY_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

struct ssl_ctx_st;  // OpenSSL's SSL_CTX.

namespace dsql {

// EC keys (P-256), so that a certificate takes less than a millisecond. Private
// keys never leave memory.
//
// Certificates are good from 1970 to 9999: clients compare them with the
// machine's clock, whatever clock a test has.
//
// Thread-safe.
class CertificateAuthority {
 public:
  // Errors: Internal with OpenSSL's text; Unavailable where the machine has no
  //   descriptors left.
  static absl::StatusOr<std::unique_ptr<CertificateAuthority>> Create();

  ~CertificateAuthority();
  CertificateAuthority(const CertificateAuthority&) = delete;
  CertificateAuthority& operator=(const CertificateAuthority&) = delete;

  // What a server needs: TLS 1.2 or newer, and a certificate for `hosts`, DNS
  // names (that may begin with "*.") and IPv4 addresses. Clients that use ALPN
  // must offer "postgresql".
  //
  // Errors: Internal with OpenSSL's text.
  absl::StatusOr<std::shared_ptr<ssl_ctx_st>> ServerContext(
      const std::vector<std::string>& hosts) const;

  // The certificate of the authority, PEM.
  const std::string& certificate() const { return certificate_; }

  // A file with certificate(), for libpq's sslrootcert, for as long as this
  // object and its process live. It is a descriptor of this process
  // (/proc/<pid>/fd/<n>), so nothing is left on a disk, however the process
  // ends.
  std::string certificate_file() const;

 private:
  struct Key;

  CertificateAuthority();

  std::unique_ptr<Key> key_;
  std::string certificate_;
  int file_ = -1;
};

}  // namespace dsql

#endif  // DSQL_NET_CERTIFICATE_AUTHORITY_H_
