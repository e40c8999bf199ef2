#pragma once
// A private key that is elsewhere, as OpenSSL sees it: an EVP_PKEY whose only ability is to sign, by asking a Signer.
//
// A provider of our own, inside this program. What is to be signed arrives here whole, not as a digest, so that whoever
// holds the key can look at it first. While the signature is awaited the handshake's job is suspended
// (ASYNC_pause_job); SSL_do_handshake() returns SSL_ERROR_WANT_ASYNC, and the callback of SSL_set_async_callback()
// tells when to go on. Without such a job the signer must answer from inside sign().

#include "tls/certificate.h"
#include "tls/handles.h"
#include "tls/signer.h"

namespace tls {

/// The key of this certificate, at `signer`, which outlives it.
EvpKey remote_key(const Certificate& certificate, Signer& signer);

}  // namespace tls
