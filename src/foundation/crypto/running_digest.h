#pragma once
// SHA-256 (RFC 6234) of octets that come piece by piece: bodies of messages that are never in memory whole.
//
// Pure: libcrypto's function, without state of ours.

#include <array>
#include <memory>
#include <string>
#include <string_view>

struct evp_md_ctx_st;

namespace crypto {

class RunningDigest {
public:
    RunningDigest();
    ~RunningDigest();
    RunningDigest(RunningDigest&&) noexcept;
    RunningDigest& operator=(RunningDigest&&) noexcept;

    /// Gathers small pieces before it hashes them, so that adding word by word costs no more than adding pages.
    void add(std::string_view piece);
    /// 32 octets. Nothing may be added afterwards.
    std::string finish();

private:
    void flush();

    std::unique_ptr<evp_md_ctx_st, void (*)(evp_md_ctx_st*)> context_;
    std::array<char, 4096> gathered_;
    std::size_t gathered_size_ = 0;
};

}  // namespace crypto
