#pragma once
// What a TLS server signs, recognised. RFC 8446 §4.4.3 (CertificateVerify), RFC 8422 §5.4 (ServerKeyExchange of
// TLS 1.2).
//
// Hostile: a process that was broken into may ask for a signature of anything: a certificate request, a mail, a
// client's proof. Only what cannot be anything else is signed.

#include <string_view>

namespace keyd {

/// Whether this is the beginning of no other than a server's handshake.
bool is_server_handshake(std::string_view content);

}  // namespace keyd
