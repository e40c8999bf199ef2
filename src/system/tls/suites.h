#pragma once
// What we speak, on either side. RFC 9325 §4.2: ephemeral key exchange, authenticated encryption.

struct ssl_ctx_st;

namespace tls {

void set_modern(ssl_ctx_st* context);

}  // namespace tls
