#include "crypto/running_digest.h"

#include <openssl/evp.h>

#include <algorithm>

#include "crypto/methods.h"
#include "lang/verify.h"

namespace crypto {

RunningDigest::RunningDigest() : context_(EVP_MD_CTX_new(), &EVP_MD_CTX_free) {
    VERIFY(EVP_DigestInit_ex(context_.get(), method(Digest::Sha256), nullptr) == 1);
}
RunningDigest::~RunningDigest() = default;
RunningDigest::RunningDigest(RunningDigest&&) noexcept = default;
RunningDigest& RunningDigest::operator=(RunningDigest&&) noexcept = default;

void RunningDigest::add(std::string_view piece) {
    if (piece.size() > gathered_.size() - gathered_size_) flush();
    if (piece.size() >= gathered_.size()) {
        VERIFY(EVP_DigestUpdate(context_.get(), piece.data(), piece.size()) == 1);
        return;
    }
    std::ranges::copy(piece, gathered_.begin() + static_cast<std::ptrdiff_t>(gathered_size_));
    gathered_size_ += piece.size();
}

void RunningDigest::flush() {
    VERIFY(EVP_DigestUpdate(context_.get(), gathered_.data(), gathered_size_) == 1);
    gathered_size_ = 0;
}

std::string RunningDigest::finish() {
    flush();
    std::string result(32, '\0');
    VERIFY(EVP_DigestFinal_ex(context_.get(), reinterpret_cast<unsigned char*>(result.data()), nullptr) == 1);
    return result;
}

}  // namespace crypto
