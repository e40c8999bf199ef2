#include "deliver/reading.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>

#include "addressing/aliases_file.h"
#include "dotqmail/address.h"
#include "dotqmail/instructions.h"
#include "drop/envelope.h"
#include "lang/try.h"
#include "smtp/path.h"
#include "text/ascii.h"

namespace deliver {
namespace {

using Kind = Step::Kind;

std::unexpected<Obstacle> bad(std::string_view file, std::string_view why) {
    return std::unexpected(Obstacle{Result::BadInstructions, fmt::format("{}: {}", file, why)});
}

struct Text {
    std::string octets;
    bool forwards_only = false;
};

std::string_view flaw_of(const struct stat& status, std::uint32_t owner, mode_t forbidden) {
    if (!S_ISREG(status.st_mode)) return "is not a regular file";
    if (status.st_uid != owner && status.st_uid != 0) return "belongs to somebody else";
    if (status.st_mode & forbidden) return "others may write to it";
    if (status.st_size > static_cast<off_t>(dotqmail::longest_file)) return "is too long";
    return {};
}

Way<std::string> read_all(int file, std::string_view name) {
    std::string text(dotqmail::longest_file + 1, '\0');
    std::size_t length = 0;
    while (length < text.size()) {
        const auto got = ::read(file, text.data() + length, text.size() - length);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return bad(name, std::strerror(errno));
        if (got == 0) break;
        length += static_cast<std::size_t>(got);
    }
    if (length == text.size()) return bad(name, "is too long");
    text.resize(length);
    return text;
}

/// nullopt: there is none. `forbidden`: bits of a mode that lets too many write.
Way<std::optional<Text>> read_file(int home, const std::string& name, std::uint32_t owner, mode_t forbidden) {
    // Not blocking: it may be a pipe.
    const file::Descriptor file(::openat(home, name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    if (!file && (errno == ENOENT || errno == ENAMETOOLONG)) return std::nullopt;
    if (!file) return bad(name, errno == ELOOP ? "is a symbolic link" : std::strerror(errno));
    struct stat status;
    if (::fstat(file.get(), &status) != 0) return bad(name, std::strerror(errno));
    if (const auto flaw = flaw_of(status, owner, forbidden); !flaw.empty()) return bad(name, flaw);
    return Text{TRY(read_all(file.get(), name)), (status.st_mode & S_IXUSR) != 0};
}

bool exists(int home, const std::string& name) {
    struct stat status;
    return ::fstatat(home, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0;
}

/// An address as the queue takes it; empty: it is none.
std::string canonical(std::string_view text, const std::string& hostname) {
    while (!text.empty() && text::is_blank(text.front())) text.remove_prefix(1);
    const auto mailbox = smtp::parse_mailbox(drop::completed(text, hostname), smtp::Utf8::Allowed);
    return mailbox ? smtp::to_text(*mailbox) : std::string();
}

class QmailFile {
public:
    QmailFile(const Job& job, int home, std::uint32_t owner, const std::string& hostname)
        : job_(job), home_(home), owner_(owner), hostname_(hostname) {}

    Way<Plan> read() const {
        for (const auto& [name, rest] : dotqmail::candidates(job_.extension, job_.has_extension))
            if (const auto text = TRY(read_file(home_, name, owner_, S_IWOTH))) return plan_of(name, rest, *text);
        if (job_.has_extension)
            return std::unexpected(Obstacle{Result::NoMailbox, fmt::format("no .qmail-{}", job_.extension)});
        return Plan{.steps = {{}}, .rest = {}};
    }

private:
    Way<Plan> plan_of(const std::string& name, const std::optional<std::string>& rest, const Text& text) const {
        const auto instructions = dotqmail::parse(text.octets, text.forwards_only);
        if (!instructions.flaw.empty()) return bad(name, instructions.flaw);
        Plan plan{.steps = {}, .rest = rest};
        if (instructions.is_empty) plan.steps.push_back({});
        for (const auto& instruction : instructions.list) plan.steps.push_back(TRY(step_of(name, instruction)));
        if (job_.extension.find('/') != std::string::npos) return plan;
        const auto [owners, owners_default] = dotqmail::owner_files(job_.extension, job_.has_extension);
        plan.has_owner = exists(home_, owners);
        plan.has_owner_default = plan.has_owner && exists(home_, owners_default);
        return plan;
    }

    Way<Step> step_of(const std::string& name, const dotqmail::Instruction& instruction) const {
        using From = dotqmail::Instruction::Kind;
        switch (instruction.kind) {
            case From::Program: return Step{Kind::Program, instruction.text};
            case From::Mbox: return Step{Kind::Mbox, instruction.text};
            case From::Maildir: return Step{Kind::Maildir, instruction.text};
            case From::Forward: break;
        }
        auto address = canonical(instruction.text, hostname_);
        if (address.empty()) return bad(name, fmt::format("\"{}\" is no address", instruction.text));
        return Step{Kind::Forward, std::move(address)};
    }

    const Job& job_;
    int home_;
    std::uint32_t owner_;
    const std::string& hostname_;
};

class ForwardFile {
public:
    ForwardFile(const Job& job, int home, std::uint32_t owner, const std::string& hostname)
        : job_(job), home_(home), owner_(owner), hostname_(hostname) {}

    Way<Plan> read() const {
        for (const auto& name : names())
            if (const auto text = TRY(read_file(home_, name, owner_, S_IWOTH | S_IWGRP))) return plan_of(name, *text);
        return Plan{.steps = {{}}, .rest = {}};
    }

private:
    std::vector<std::string> names() const {
        const bool has_own = job_.has_extension && job_.extension.find('/') == std::string::npos;
        if (!has_own) return {".forward"};
        return {".forward+" + job_.extension, ".forward-" + job_.extension, ".forward"};
    }

    Way<Plan> plan_of(const std::string& name, const Text& text) const {
        const auto members = addressing::parse_members(text.octets);
        if (!members.errors.empty())
            return bad(name, fmt::format("line {}: {}", members.errors[0].line, members.errors[0].problem));
        if (members.targets.size() > most_steps) return bad(name, "has too many lines");
        Plan plan{.steps = {}, .rest = {}};
        for (const auto& target : members.targets) plan.steps.push_back(TRY(step_of(name, target)));
        if (plan.steps.empty()) plan.steps.push_back({});
        return plan;
    }

    Way<Step> step_of(const std::string& name, const addressing::Target& target) const {
        using From = addressing::Target::Kind;
        switch (target.kind) {
            case From::Program: return Step{Kind::Program, target.text};
            case From::File: return Step{Kind::Mbox, target.text};
            case From::Folder: return Step{Kind::Maildir, target.text};
            case From::Include: return bad(name, ":include: is for aliases");
            case From::Address:
            case From::Mailbox: break;
        }
        auto address = canonical(target.text, hostname_);
        if (address.empty()) return bad(name, fmt::format("\"{}\" is no address", target.text));
        if (is_himself(target.text, address)) return Step{};
        return Step{Kind::Forward, std::move(address)};
    }

    bool is_himself(std::string_view text, std::string_view address) const {
        return text::equal_ignoring_case(text, job_.user) || text::equal_ignoring_case(address, job_.address) ||
               text::equal_ignoring_case(address, fmt::format("{}@{}", job_.user, hostname_));
    }

    const Job& job_;
    int home_;
    std::uint32_t owner_;
    const std::string& hostname_;
};

}  // namespace

Way<Plan> read_instructions(const Job& job, int home, std::uint32_t owner, const std::string& hostname) {
    if (job.instructions == directory::Instructions::Qmail) return QmailFile(job, home, owner, hostname).read();
    return ForwardFile(job, home, owner, hostname).read();
}

}  // namespace deliver
