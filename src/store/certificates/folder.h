#pragma once
// A folder with the certificate that an authority issued to us, its private key, and the key of our account there.
//
//   account.pem            the account's key
//   live/certificate.pem   the chain, the leaf first
//   live/key.pem           the private key
//   live/source            the address of the directory it came from, or nothing: we signed it ourselves
//   spare/                 the pair before; overwritten by the next one
//
// Certificate and key change together: the new pair is written into spare/, synced, and the two directories change
// places in one step. A crash at any moment leaves one whole pair in live/. Everything is readable by the owner alone.

#include <expected>
#include <optional>
#include <string>

#include "file/descriptor.h"

namespace certificates {

constexpr const char* certificate_file = "live/certificate.pem";
constexpr const char* key_file = "live/key.pem";

struct Pair {
    std::string certificate;  // PEM
    std::string key;          // PEM; a secret
    std::string source;
};

template <typename T>
using Result = std::expected<T, std::string>;  // the error is for an administrator

class Folder {
public:
    explicit Folder(file::Descriptor directory) : directory_(std::move(directory)) {}

    /// Absent: there is none.
    Result<std::optional<std::string>> account_key() const;
    Result<void> keep_account_key(const std::string& pem) const;

    /// What is in use, without the key. Absent: there is none yet.
    Result<std::optional<Pair>> live() const;
    Result<void> replace(const Pair& pair) const;

private:
    Result<std::optional<std::string>> read(const std::string& path) const;
    Result<void> write(const std::string& path, const std::string& content) const;
    Result<void> make_spare() const;
    Result<void> change_places() const;
    Result<void> sync(const std::string& directory) const;

    file::Descriptor directory_;
};

}  // namespace certificates
