#include "account/onlooker.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <utility>

#include "check/directory_records.h"
#include "check/load_all.h"
#include "check/rounds.h"
#include "text/escape.h"

namespace account {
namespace {

/// All of it; empty: nobody had anything to say.
std::string read_all(int pipe) {
    std::string text;
    std::array<char, 4096> room;
    for (ssize_t got; (got = ::read(pipe, room.data(), room.size())) != 0;) {
        if (got > 0)
            text.append(room.data(), static_cast<std::size_t>(got));
        else if (errno != EINTR)
            break;
    }
    return text;
}

void look(const std::string& configuration, const std::string& address) {
    const auto loaded = check::load_all(configuration);
    if (!loaded) return;  // the command has said so
    check::DirectoryRecords records(loaded->master);
    for (const auto& problem : check::find_rounds(loaded->text, records, {address}))
        fmt::print(stderr, "hermod alias: warning: {}\n", text::escaped(problem.problem));
}

}  // namespace

Onlooker::Onlooker(std::string configuration) {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) return;
    const file::Descriptor in(ends[0]);
    order_ = file::Descriptor(ends[1]);
    child_ = ::fork();
    if (child_ != 0) return;
    order_.close();
    try {
        if (const auto address = read_all(in.get()); !address.empty()) look(configuration, address);
    } catch (const std::exception&) {
    }
    ::_exit(0);
}

Onlooker::~Onlooker() {
    order_.close();
    while (child_ > 0 && ::waitpid(child_, nullptr, 0) < 0 && errno == EINTR) {
    }
}

void Onlooker::look_at(const std::string& address) {
    if (child_ > 0 && ::write(order_.get(), address.data(), address.size()) < 0) return;
    order_.close();
}

}  // namespace account
