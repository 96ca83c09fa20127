// Access keys, and whom they stand for.

#ifndef DSQL_IAM_CREDENTIALS_H_
#define DSQL_IAM_CREDENTIALS_H_

#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"

namespace dsql {

struct Credentials {
  std::string access_key_id;
  std::string secret_access_key;
  // Empty for the long-term key of a user.
  std::string session_token;
  // Whom a policy sees: "arn:aws:iam::000000000000:root".
  std::string principal_arn;
  // When a session ends; from then on a request gets ExpiredTokenException.
  absl::Time expiration = absl::InfiniteFuture();
};

// The credentials that a fake accepts. Starts empty. Thread-safe.
class CredentialStore {
 public:
  // Replaces those with the same access key id.
  void Put(const Credentials& credentials);

  // Does nothing where there are none.
  void Remove(absl::string_view access_key_id);

  // Returns a copy, or nullopt where there are none. Expired ones are found.
  absl::optional<Credentials> Find(absl::string_view access_key_id) const;

 private:
  mutable absl::Mutex mutex_;
  absl::flat_hash_map<std::string, Credentials> by_access_key_id_
      ABSL_GUARDED_BY(mutex_);
};

}  // namespace dsql

#endif  // DSQL_IAM_CREDENTIALS_H_
