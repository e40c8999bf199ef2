#pragma once
// What libcrypto and libssl keep in memory: keys, numbers made of them, what is read and written through TLS.

namespace crypto {

/// They overwrite what they free, from now on: of the forms that a private key takes on its way into a file they
/// overwrite some by themselves. Once, before either has been used; later it has no effect.
void wipe_what_is_freed();

}  // namespace crypto
