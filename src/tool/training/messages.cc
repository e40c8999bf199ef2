#include "training/messages.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>
#include <utility>

#include "bayes/tokens.h"

namespace training {
namespace {

constexpr std::size_t longest_name = 4096;
constexpr std::size_t piece_size = 64 * 1024;

bool write_all(int to, std::string_view octets) {
    while (!octets.empty()) {
        const auto put = ::write(to, octets.data(), octets.size());
        if (put < 0 && errno == EINTR) continue;
        if (put <= 0) return false;
        octets.remove_prefix(static_cast<std::size_t>(put));
    }
    return true;
}

/// What the child does.
class Giver {
public:
    explicit Giver(int to) : to_(to) {}

    void give(const std::string& path) {
        if (path == "-") return give_file(path, file::Descriptor(::dup(STDIN_FILENO)));
        file::Descriptor file(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
        struct stat status{};
        if (!file || ::fstat(file.get(), &status) != 0) return refuse(path, std::strerror(errno));
        if (S_ISDIR(status.st_mode)) return give_folder(path, std::move(file));
        if (!S_ISREG(status.st_mode)) return refuse(path, "neither a file nor a folder");
        give_file(path, std::move(file));
    }

private:
    struct Closes {
        void operator()(DIR* folder) const { ::closedir(folder); }
    };

    void give_folder(const std::string& path, file::Descriptor folder) {
        bool is_maildir = false;
        for (const char* part : {"cur", "new"}) {
            file::Descriptor inner(::openat(folder.get(), part, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
            if (!inner) continue;
            is_maildir = true;
            give_files(path + '/' + part, std::move(inner));
        }
        if (!is_maildir) give_files(path, std::move(folder));
    }

    void give_files(const std::string& path, file::Descriptor folder) {
        const std::unique_ptr<DIR, Closes> open(::fdopendir(folder.get()));
        if (!open) return refuse(path, std::strerror(errno));
        folder.release();
        std::vector<std::string> names;
        while (const auto* entry = ::readdir(open.get()))
            if (entry->d_name[0] != '.') names.emplace_back(entry->d_name);
        std::ranges::sort(names);
        for (const auto& name : names) {
            file::Descriptor file(
                ::openat(::dirfd(open.get()), name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
            struct stat status{};
            if (!file || ::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode)) continue;
            give_file(path + '/' + name, std::move(file));
        }
    }

    // Line by line: behind an empty line "From " begins a message, where the file is an mbox.
    void give_file(const std::string& path, file::Descriptor file) {
        std::array<char, piece_size> piece{};
        std::string message;
        std::string line;
        std::size_t number = 0;
        bool is_mbox = false;
        bool is_first_line = true;
        bool was_empty = true;
        const auto end_line = [&] {
            const bool begins = line.starts_with("From ") && was_empty && (is_first_line || is_mbox);
            was_empty = line == "\n" || line == "\r\n";
            is_mbox = is_mbox || begins;
            if (begins && !is_first_line) tell(fmt::format("{}#{}", path, ++number), std::exchange(message, {}));
            if (!begins && message.size() < bayes::longest_looked_at) message += line;
            is_first_line = false;
            line.clear();
        };
        for (;;) {
            const auto got = ::read(file.get(), piece.data(), piece.size());
            if (got < 0 && errno == EINTR) continue;
            if (got < 0) return refuse(path, std::strerror(errno));
            if (got == 0) break;
            std::string_view rest(piece.data(), static_cast<std::size_t>(got));
            while (!rest.empty()) {
                const auto end = std::min(rest.find('\n'), rest.size() - 1) + 1;
                // Hostile: a line has a most too; what is beyond it is nobody's.
                if (line.size() < bayes::longest_looked_at) line += rest.substr(0, end);
                const bool has_ended = rest[end - 1] == '\n';
                rest.remove_prefix(end);
                if (has_ended) end_line();
            }
            if (!is_mbox && message.size() >= bayes::longest_looked_at) break;
        }
        end_line();
        if (!message.empty()) tell(is_mbox ? fmt::format("{}#{}", path, ++number) : path, message);
    }

    void refuse(const std::string& path, std::string_view why) { send(path, "", why); }
    void tell(const std::string& name, std::string_view octets) {
        send(name, octets.substr(0, bayes::longest_looked_at), "");
    }
    void send(std::string_view name, std::string_view octets, std::string_view error) {
        for (const auto text : {name.substr(0, longest_name), octets, error}) {
            const auto size = static_cast<std::uint32_t>(text.size());
            char head[sizeof size];
            std::memcpy(head, &size, sizeof size);
            if (!write_all(to_, {head, sizeof head}) || !write_all(to_, text)) ::_exit(1);
        }
    }

    int to_;
};

}  // namespace

std::expected<Messages, std::string> Messages::of(const std::vector<std::string>& paths) {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) return std::unexpected(std::strerror(errno));
    file::Descriptor ours(ends[0]);
    file::Descriptor theirs(ends[1]);
    const pid_t child = ::fork();
    if (child < 0) return std::unexpected(std::strerror(errno));
    if (child == 0) {
        ours.close();
        Giver giver(theirs.get());
        for (const auto& path : paths) giver.give(path);
        ::_exit(0);
    }
    return Messages(std::move(ours), child);
}

Messages::~Messages() {
    pipe_.close();
    if (child_ > 0) ::waitpid(child_, nullptr, 0);
}

std::optional<std::string> Messages::take(std::size_t most) {
    const auto read = [&](char* to, std::size_t size) {
        while (size > 0) {
            const auto got = ::read(pipe_.get(), to, size);
            if (got < 0 && errno == EINTR) continue;
            if (got <= 0) return false;
            to += got;
            size -= static_cast<std::size_t>(got);
        }
        return true;
    };
    std::uint32_t size = 0;
    char head[sizeof size];
    if (!read(head, sizeof head)) return std::nullopt;
    std::memcpy(&size, head, sizeof size);
    if (size > most) return std::nullopt;
    std::string text(size, '\0');
    if (!read(text.data(), size)) return std::nullopt;
    return text;
}

std::optional<Message> Messages::next() {
    auto name = take(longest_name);
    auto octets = take(bayes::longest_looked_at);
    auto error = take(longest_name);
    if (!name || !octets || !error) return std::nullopt;
    return Message{.name = *std::move(name), .octets = *std::move(octets), .error = *std::move(error)};
}

}  // namespace training
