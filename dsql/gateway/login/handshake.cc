// SPDX-License-Identifier: Apache-2.0

#include "dsql/gateway/login/handshake.h"

#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "boost/system/errc.hpp"
#include "boost/system/system_error.hpp"
#include "dsql/gateway/link/status_error.h"
#include "dsql/gateway/login/refusals.h"
#include "dsql/gateway/login/startup_settings.h"
#include "dsql/pgwire/backend.h"
#include "dsql/pgwire/frontend.h"
#include "dsql/pgwire/protocol_error.h"
#include "dsql/pgwire/unsupported_version.h"

namespace dsql {
namespace {

namespace asio = ::boost::asio;

using pgwire::StartupPacket;
using Kind = pgwire::StartupPacket::Kind;

// The first byte of a TLS handshake record.
constexpr char kTlsHandshake = 0x16;
constexpr uint16_t kNewestMinor = 2;
constexpr size_t kMaxPasswordMessage = 64 * 1024;

// What is no client of PostgreSQL's gets no answer, as from PostgreSQL.
[[noreturn]] void HangUp() {
  throw boost::system::system_error(
      make_error_code(boost::system::errc::bad_message));
}

asio::awaitable<StartupPacket> ReadStartup(ClientStream* client) {
  while (true) {
    auto packet = pgwire::DecodeStartup(client->buffer().view());
    if (absl::IsDataLoss(packet.status())) HangUp();
    ThrowIfError(packet.status());
    if (packet->has_value()) {
      client->buffer().Consume((*packet)->size);
      co_return **std::move(packet);
    }
    co_await client->ReadMore();
  }
}

// Who does not say by ALPN what it will speak shows it by its first byte: the
// letter of an HTTP method, which no startup packet begins with.
asio::awaitable<bool> SpeaksHttp(ClientStream* client) {
  const std::string protocol = client->Protocol();
  if (!protocol.empty()) co_return protocol == "http/1.1";
  if (client->buffer().view().empty()) co_await client->ReadMore();
  co_return absl::ascii_isupper(
      static_cast<unsigned char>(client->buffer().view()[0]));
}

asio::awaitable<void> StartDirectTls(TlsContext* tls, ClientStream* client) {
  if (!tls->available()) HangUp();
  co_await client->StartTls(tls->Get());
  // GCC 12 miscompiles the co_await in the condition.
  const bool speaks_http = co_await SpeaksHttp(client);
  if (speaks_http) {
    co_await client->StartWebSocket();
  } else if (client->Protocol().empty()) {
    throw StatusError(pgwire::ProtocolError(
        "received direct SSL connection request without ALPN protocol "
        "negotiation extension"));
  }
}

// Bytes sent in clear must not be taken for what comes encrypted.
void CheckNothingFollows(absl::string_view request, ClientStream* client) {
  if (client->buffer().view().empty()) return;
  throw StatusError(pgwire::ProtocolError(
      absl::StrCat("received unencrypted data after ", request, " request")));
}

// Each may be asked for once, as PostgreSQL has it.
struct Asked {
  bool ssl = false;
  bool gss = false;
};

asio::awaitable<void> AnswerSslRequest(TlsContext* tls, ClientStream* client,
                                       Asked* asked) {
  if (asked->ssl)
    throw StatusError(pgwire::UnsupportedVersion(pgwire::kSslRequest));
  asked->ssl = true;
  const bool accept = tls->available() && !client->is_tls();
  if (accept) CheckNothingFollows("SSL", client);
  co_await client->WriteByte(accept ? 'S' : 'N');
  CheckNothingFollows("SSL", client);
  if (!accept) co_return;
  co_await client->StartTls(tls->Get());
  asked->gss = true;
}

asio::awaitable<void> AnswerGssRequest(ClientStream* client, Asked* asked) {
  if (asked->gss)
    throw StatusError(pgwire::UnsupportedVersion(pgwire::kGssEncRequest));
  asked->gss = true;
  co_await client->WriteByte('N');
  CheckNothingFollows("GSSAPI encryption", client);
}

asio::awaitable<void> NegotiateVersion(const StartupPacket& packet,
                                       ClientStream* client) {
  const std::vector<std::string> options = ProtocolOptions(packet);
  if (packet.minor <= kNewestMinor && options.empty()) co_return;
  std::string answer;
  pgwire::EncodeNegotiateProtocolVersion(std::min(packet.minor, kNewestMinor),
                                         options, &answer);
  co_await client->Write(answer);
}

}  // namespace

asio::awaitable<StartupPacket> Handshake(const HandshakeOptions& options,
                                         ClientStream* client) {
  co_await client->ReadMore();
  if (client->buffer().view()[0] == kTlsHandshake) {
    co_await StartDirectTls(options.tls, client);
  }
  Asked asked;
  while (true) {
    StartupPacket packet = co_await ReadStartup(client);
    if (packet.kind == Kind::kSslRequest) {
      co_await AnswerSslRequest(options.tls, client, &asked);
    } else if (packet.kind == Kind::kGssEncRequest) {
      co_await AnswerGssRequest(client, &asked);
    } else if (packet.kind == Kind::kCancelRequest) {
      co_return packet;
    } else {
      if (options.tls_required && !client->is_tls()) {
        throw StatusError(SslIsMandatory());
      }
      co_await NegotiateVersion(packet, client);
      co_return packet;
    }
  }
}

asio::awaitable<std::string> AskForPassword(ClientStream* client) {
  std::string request;
  pgwire::EncodeAuthenticationCleartextPassword(&request);
  co_await client->Write(request);
  const pgwire::Message message =
      co_await client->ReadMessage(kMaxPasswordMessage);
  if (message.type != pgwire::FrontendType::kPassword) {
    throw StatusError(
        pgwire::ProtocolError("expected password response, got another "
                              "message type"));
  }
  std::string password(ValueOrThrow(pgwire::DecodePassword(message.body)));
  client->buffer().Consume(message.bytes.size());
  co_return password;
}

}  // namespace dsql
