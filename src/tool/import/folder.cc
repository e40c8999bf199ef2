#include "import/folder.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

#include "lang/try.h"

namespace import {
namespace {

constexpr std::size_t most_files = 20'000;

std::string error_text(int number) {
    if (number == EXDEV || number == ELOOP) return "a symbolic link that leads elsewhere is not followed";
    return std::generic_category().message(number);
}

/// Links may be followed below the directory only; without openat2 (Linux 5.6) none is.
file::Descriptor open_below(int directory, const std::string& name) {
    // O_NONBLOCK: a FIFO without a writer must not hold us.
    constexpr int flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
    open_how how{};
    how.flags = flags;
    how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
    file::Descriptor opened(static_cast<int>(::syscall(SYS_openat2, directory, name.c_str(), &how, sizeof how)));
    if (!opened && (errno == ENOSYS || errno == EPERM))
        opened = file::Descriptor(::openat(directory, name.c_str(), flags | O_NOFOLLOW));
    return opened;
}

struct Contents {
    std::string text;
    bool is_executable = false;
};

std::expected<Contents, std::string> read_whole(const file::Descriptor& opened) {
    if (!opened) return std::unexpected(error_text(errno));
    struct stat status{};
    if (::fstat(opened.get(), &status) < 0) return std::unexpected(error_text(errno));
    if (!S_ISREG(status.st_mode)) return std::unexpected("is no plain file");
    Contents contents{.text = {}, .is_executable = (status.st_mode & 0111) != 0};
    char block[65'536];
    ssize_t got = 0;
    while ((got = ::read(opened.get(), block, sizeof block)) > 0) {
        contents.text.append(block, static_cast<std::size_t>(got));
        if (contents.text.size() > longest_file) return std::unexpected("is longer than 16 MB");
    }
    if (got < 0) return std::unexpected(error_text(errno));
    return contents;
}

std::string joined(const std::string& folder, const std::string& name) {
    return folder.ends_with('/') ? folder + name : folder + "/" + name;
}

}  // namespace

std::expected<Folder, std::string> Folder::open(const std::string& path) {
    file::Descriptor opened(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!opened) return std::unexpected(error_text(errno));
    return Folder(path, std::move(opened));
}

std::expected<Folder, std::string> Folder::below(const std::string& name) const { return open(joined(path_, name)); }

std::expected<FolderFile, std::string> Folder::read(const std::string& name) const {
    auto contents = TRY(read_whole(open_below(descriptor_.get(), name)));
    return FolderFile{.name = name,
                      .file = {.path = joined(path_, name), .text = std::move(contents.text)},
                      .is_executable = contents.is_executable};
}

std::vector<FolderFile> Folder::read_all(const std::function<bool(const std::string&)>& is_wanted,
                                         Report& report) const {
    std::vector<std::string> names;
    std::error_code error;
    for (std::filesystem::directory_iterator entry(path_, error), end; !error && entry != end; entry.increment(error))
        if (auto name = entry->path().filename().string(); is_wanted(name)) names.push_back(std::move(name));
    if (error) report.add({path_}, "cannot be listed: " + error.message());
    std::ranges::sort(names);
    if (names.size() > most_files) {
        report.add({path_}, "has more than 20000 files; the rest is left out");
        names.resize(most_files);
    }
    std::vector<FolderFile> files;
    for (const auto& name : names) {
        auto file = read(name);
        if (file)
            files.push_back(*std::move(file));
        else
            report.add({joined(path_, name)}, "is passed over: " + file.error());
    }
    return files;
}

std::expected<File, std::string> read_named(const std::string& path) {
    const file::Descriptor opened(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    auto contents = TRY(read_whole(opened));
    return File{.path = path, .text = std::move(contents.text)};
}

}  // namespace import
