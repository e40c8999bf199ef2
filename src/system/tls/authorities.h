#pragma once
// Whom we believe when they say who somebody else is: issuers of certificates, as chains may end in. RFC 5280 §6.

#include <expected>
#include <string>
#include <string_view>

#include "tls/handles.h"

struct ssl_ctx_st;

namespace tls {

/// Certificates in PEM form; empty text: nobody is believed. The error says why they cannot be read.
std::expected<X509Store, std::string> read_authorities(std::string_view pem);

/// Of a server: clients are asked for a certificate of these (RFC 8446 §4.3.2), and let in whatever they show. Whether
/// it is believed is said by SSL_get_verify_result() alone.
void ask_for_certificates(ssl_ctx_st* server, const X509Store& authorities);

/// The first e-mail address of the subject's alternative names (RFC 5280 §4.2.1.6, rfc822Name); empty: none that could
/// be an account's.
std::string mail_address(x509_st* certificate);

}  // namespace tls
