#pragma once
// An open file of a PosixDisk. Interrupted and short calls are continued here, so callers see all or an error.

#include <string>

#include "file/disk.h"

namespace file {

class PosixFile final : public OpenFile {
public:
    enum class Name { Kept, UntilLinked };  // UntilLinked: a stand-in for no name, removed on closing unless linked in

    /// `directory` is the Disk's, which outlives its files; `path` is empty for a file without a name.
    PosixFile(int directory, std::string path, Descriptor descriptor, Mode mode, Name name = Name::Kept)
        : directory_(directory), path_(std::move(path)), descriptor_(std::move(descriptor)), mode_(mode), name_(name) {}
    ~PosixFile() override;

    Result<void> write_at(std::uint64_t offset, std::string_view bytes) override;
    Result<void> write_at(std::uint64_t offset, std::span<const std::string_view> pieces) override;
    Result<std::string> read_at(std::uint64_t offset, std::size_t length) const override;
    Result<std::uint64_t> size() const override;
    Result<void> truncate(std::uint64_t size) override;
    Result<void> fill_with_zeros(std::uint64_t size) override;
    Result<void> sync_data() override;
    Result<Descriptor> duplicate_read_only() const override;
    Result<Descriptor> duplicate() const override;

    /// Gives an unnamed file its name; fails where that exists.
    Result<void> link_in(const std::string& path);

private:
    std::unexpected<Error> failed(std::string_view call) const;

    int directory_;
    std::string path_;
    Descriptor descriptor_;
    Mode mode_;
    Name name_;
};

/// Whether the kernel lets this process name an open file that has no name: with CAP_DAC_READ_SEARCH, or as the one
/// that opened it (Linux 6.10), or through a mounted /proc.
bool link_descriptor(int descriptor, int directory, const char* path);

/// Where /proc shows it.
std::string descriptor_path(int descriptor);

}  // namespace file
