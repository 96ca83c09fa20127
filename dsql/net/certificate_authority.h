// SPDX-License-Identifier: Apache-2.0

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
// keys never leave memory, but for the authority's where Open() keeps it.
//
// The authority is good from 1970 to 9999, its servers' certificates for 397
// days from yesterday on by the machine's clock, by which clients judge them,
// whatever clock a test has.
//
// Thread-safe.
class CertificateAuthority {
 public:
  // Errors: Internal with OpenSSL's text; Unavailable where the machine has no
  //   descriptors left.
  static absl::StatusOr<std::unique_ptr<CertificateAuthority>> Create();

  // The authority that is kept in `directory`, or a new one that is kept there
  // from now on: "key.pem" and "certificate.pem". A directory that is not there
  // is made, of mode 0700, whole or not at all.
  //
  // Errors: as Create(); DataLoss where a file is missing or damaged; those of
  //   the disk.
  static absl::StatusOr<std::unique_ptr<CertificateAuthority>> Open(
      const std::string& directory);

  ~CertificateAuthority();
  CertificateAuthority(const CertificateAuthority&) = delete;
  CertificateAuthority& operator=(const CertificateAuthority&) = delete;

  // What a server needs: TLS 1.2 or 1.3 with forward secrecy and authenticated
  // encryption, without renegotiation, and a certificate for `hosts`, DNS names
  // (that may begin with "*.") and IPv4 addresses, as browsers and Go want it.
  // Clients that use ALPN must offer "postgresql" or "http/1.1".
  //
  // Errors: Internal with OpenSSL's text.
  absl::StatusOr<std::shared_ptr<ssl_ctx_st>> ServerContext(
      const std::vector<std::string>& hosts) const;

  // The certificate of the authority, PEM.
  const std::string& certificate() const { return certificate_; }

  // A file with certificate(), for libpq's sslrootcert. Of Create(): for as
  // long as this object and its process live, a descriptor of this process
  // (/proc/<pid>/fd/<n>), so nothing is left on a disk, however the process
  // ends. Of Open(): the file in its directory.
  std::string certificate_file() const;

 private:
  struct Key;

  CertificateAuthority();
  static absl::StatusOr<std::unique_ptr<CertificateAuthority>> Make();
  static absl::StatusOr<std::unique_ptr<CertificateAuthority>> Read(
      const std::string& directory);
  // Into a directory that is there.
  absl::Status Write(const std::string& directory) const;

  std::unique_ptr<Key> key_;
  std::string certificate_;
  // Where certificate_file() is: a descriptor, or a path.
  int file_ = -1;
  std::string path_;
};

}  // namespace dsql

#endif  // DSQL_NET_CERTIFICATE_AUTHORITY_H_
