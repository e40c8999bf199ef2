#pragma once
// The folder in which the keys of our domains are, one folder each:
//
//   example.org/rsa20261128.pem   a private key, which is read by keyd alone
//   example.org/state             what is public, and how far each key is (key.h)
//   example.org/lock              held by whoever changes something
//
// A key file is on disk before the state names it, and the state is replaced in one step, so that a crash at any moment
// leaves the keys that there were. Readable by its owner alone.

#include <expected>
#include <memory>
#include <string>
#include <vector>

#include "file/disk.h"
#include "signing_keys/key.h"

namespace signing_keys {

template <typename T>
using Result = std::expected<T, std::string>;  // the error is for an administrator

/// Held by one command at a time.
using Lock = std::unique_ptr<file::OpenFile>;

struct NewKey {
    Key key;
    std::string pem;  // a secret
};

/// Domains are A-labels, in lower case.
class Folder {
public:
    explicit Folder(std::unique_ptr<file::Disk> disk) : disk_(std::move(disk)) {}

    /// Those that have keys, or had some.
    Result<std::vector<std::string>> domains() const;
    /// None for a domain that has none.
    Result<Keys> keys(const std::string& domain) const;

    /// Makes the domain's folder where there is none. The error: somebody else is at it.
    Result<Lock> lock(const std::string& domain);
    /// Further keys; those that are there already stay. A selector that has a file is refused, and so are
    /// more than most_keys.
    Result<void> add(const std::string& domain, const std::vector<NewKey>& made);
    Result<bool> has_file(const std::string& domain, const std::string& selector) const;
    Result<void> replace(const std::string& domain, const Keys& keys);
    /// The file of a key that the state does not name any more.
    Result<void> remove_file(const std::string& domain, const std::string& selector);

private:
    Result<void> write(const std::string& path, const std::string& content);

    std::unique_ptr<file::Disk> disk_;
};

/// Below the folder: "example.org/rsa20261128.pem".
std::string key_file(const std::string& domain, const std::string& selector);

}  // namespace signing_keys
