#include "accounts/reader.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace accounts {
namespace {

// Readers do not wait for writers; this is for the moments in which a log is started anew.
constexpr std::chrono::milliseconds patience{50};
constexpr std::int64_t least_between_notes = 600;  // seconds

}  // namespace

Reader::Reader(std::string path, OnTrouble on_trouble) : path_(std::move(path)), on_trouble_(std::move(on_trouble)) {}

std::expected<Database*, Error> Reader::database() {
    struct stat file{};
    if (::stat(path_.c_str(), &file) != 0) {
        if (errno == ENOENT && file_ == 0) return nullptr;
        // Somebody moved it away: the accounts in it have not ceased to exist.
        database_.reset();
        return std::unexpected(Error{Error::Code::Forbidden, std::strerror(errno)});
    }
    if (database_ && file.st_dev == device_ && file.st_ino == file_) return database_.get();
    return open(file);
}

std::expected<Database*, Error> Reader::open(const struct stat& file) {
    database_.reset();
    device_ = file.st_dev;
    file_ = file.st_ino;
    auto opened = Database::open(path_, Connection::Missing::Fails, patience);
    if (!opened) return std::unexpected(std::move(opened).error());
    database_ = *std::move(opened);
    return database_.get();
}

void Reader::note_use(const AppPassword& password, std::int64_t now) {
    if (now - password.last_used < least_between_notes || !database_) return;
    // That it cannot be written now is no reason to refuse a login.
    static_cast<void>(database_->note_use(password.id, now));
}

std::unexpected<Error> Reader::failed(Error error) {
    // A lock passes by; whatever else it is, a file that is mended or replaced must be looked at anew.
    if (error.code != Error::Code::Busy) database_.reset();
    if (!is_in_trouble_) on_trouble_(fmt::format("{}: {}", path_, to_text(error)));
    is_in_trouble_ = true;
    return std::unexpected(std::move(error));
}

}  // namespace accounts
