// SPDX-License-Identifier: Apache-2.0

// The encoding that a client writes its texts in.

#ifndef DSQL_SQL_TEXT_ENCODING_H_
#define DSQL_SQL_TEXT_ENCODING_H_

#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "dsql/sql/statement.h"

namespace dsql::sql {

// Of PostgreSQL's, those are known that iconv() has. Of the others only ASCII
// is read, as a byte of ASCII may be a part of another character there.
//
// Thread-safe.
class TextEncoding {
 public:
  TextEncoding() : TextEncoding("UTF8") {}
  // `name` as PostgreSQL reports client_encoding.
  explicit TextEncoding(absl::string_view name);

  // Texts are as all of this library reads them. SQL_ASCII is UTF-8, as the
  // database's encoding is.
  bool is_utf8() const { return is_utf8_; }

  // Why `text` is none, else nullopt. Where it is written in another encoding
  // than UTF-8, `*text` becomes a view of `*utf8`, which is what it is there.
  //
  // Errors: PostgreSQL's 22021 and 22P05 for bytes that are no characters;
  //   0A000 for what is not ASCII in an encoding that is not known, and for
  //   what would not become the same bytes again.
  absl::optional<Refusal> Read(absl::string_view* text,
                               std::string* utf8) const;

  // For what the server said, in this encoding. As it is where the encoding is
  // not known.
  std::string ToUtf8(absl::string_view text) const;

  // `text`, which is UTF-8, in this encoding; nullopt where that has not all
  // of its characters, or is not known.
  absl::optional<std::string> FromUtf8(absl::string_view text) const;

 private:
  Refusal NotSupported() const;
  Refusal NotCharacter(unsigned char byte) const;

  // PostgreSQL's name, and iconv()'s; null where it has none.
  std::string name_;
  const char* iconv_name_;
  bool is_utf8_;
};

}  // namespace dsql::sql

#endif  // DSQL_SQL_TEXT_ENCODING_H_
