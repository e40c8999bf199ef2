#pragma once
// libcrypto's digests, looked up once: to look one up takes as long as to hash a short text.

#include "crypto/digest.h"

struct evp_md_st;

namespace crypto {

const evp_md_st* method(Digest kind);

}  // namespace crypto
