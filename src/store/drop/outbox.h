#pragma once
// Leaving a message in the drop directory, as any local user: its mode 1733 lets everybody add and nobody look.
//
// Written under a name that begins with a dot, synced, then renamed, so that pickup never sees half a message. The name
// is random: it is all that keeps others from reading the file, which must be readable for pickup's user.

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

#include "file/descriptor.h"
#include "file/disk.h"

namespace drop {

class Outbox {
public:
    /// Begins a file. It vanishes again unless commit() succeeds.
    static std::expected<Outbox, file::Error> open(const std::string& directory);
    Outbox(Outbox&& other) noexcept = default;
    Outbox& operator=(Outbox&&) = delete;
    ~Outbox();

    std::expected<void, file::Error> write(std::string_view octets);
    /// For pickup to take, and as durable as the directory's permissions allow. After an error nothing is left for it.
    std::expected<void, file::Error> commit();
    std::uint64_t size() const { return size_; }

private:
    Outbox(std::string directory, file::Descriptor opened, file::Descriptor file, std::string name)
        : directory_path_(std::move(directory)),
          directory_(std::move(opened)),
          file_(std::move(file)),
          name_(std::move(name)) {}
    std::unexpected<file::Error> failed(std::string_view call) const;

    std::string directory_path_;
    file::Descriptor directory_;
    file::Descriptor file_;
    std::string name_;  // without the dot
    std::uint64_t size_ = 0;
};

/// Names that pickup takes: not one that is still being written.
bool is_finished(std::string_view name);

}  // namespace drop
