#include "check/homes.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <memory>

#include "addressing/aliases_file.h"
#include "dotqmail/address.h"
#include "dotqmail/instructions.h"
#include "file/descriptor.h"
#include "text/ascii.h"
#include "text/idna.h"

namespace check {
namespace {

using addressing::Onward;
using site::Instructions;

constexpr std::size_t most_users = 100'000;
constexpr std::size_t most_files = 10'000;  // of one user

/// nullopt: there is none that may be read.
std::optional<std::string> read_regular(const std::string& path) {
    const file::Descriptor file(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    struct stat status;
    if (!file || ::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode)) return std::nullopt;
    std::string text(dotqmail::longest_file, '\0');
    const auto got = ::pread(file.get(), text.data(), text.size(), 0);
    if (got < 0) return std::nullopt;
    text.resize(static_cast<std::size_t>(got));
    return text;
}

/// The addresses that one line sends mail on to.
std::vector<std::string> forwards_of(std::string_view line, Instructions kind) {
    std::vector<std::string> found;
    if (kind == Instructions::Qmail) {
        for (const auto& instruction : dotqmail::parse(line, /*forwards_only=*/false).list)
            if (instruction.kind == dotqmail::Instruction::Kind::Forward) found.push_back(instruction.text);
    } else {
        for (const auto& target : addressing::parse_members(line).targets)
            if (target.kind == addressing::Target::Kind::Address) found.push_back(target.text);
    }
    return found;
}

std::vector<std::string> file_names(const addressing::Delivery& delivery, Instructions kind) {
    const bool has_extension = delivery.address.local_part.size() > delivery.account.size();
    std::vector<std::string> names;
    if (kind == Instructions::Qmail) {
        for (const auto& candidate : dotqmail::candidates(delivery.extension, has_extension))
            names.push_back(candidate.name);
        return names;
    }
    if (has_extension && !delivery.extension.contains('/'))
        names = {".forward+" + delivery.extension, ".forward-" + delivery.extension};
    names.emplace_back(".forward");
    return names;
}

}  // namespace

Homes::Homes(const directory::Config& config)
    : hostname_(text::to_a_labels(config.hostname).value_or(config.hostname)), least_uid_(config.local.least_uid) {
    for (const auto& [name, domain] : config.domains) {
        const std::string_view suffix = std::string_view(name).substr(name.starts_with('.') ? 1 : 0);
        domains_[(name.starts_with('.') ? "." : "") + text::to_a_labels(suffix).value_or(text::lower(suffix))] = domain;
    }
}

const std::optional<Homes::Known>& Homes::find(const std::string& name) const {
    const auto [at, is_new] = known_.try_emplace(name);
    if (!is_new || name.empty() || name.contains('\0')) return at->second;
    if (const passwd* entry = ::getpwnam(name.c_str())) at->second = Known{entry->pw_uid, entry->pw_dir};
    return at->second;
}

addressing::Existence Homes::user(std::string_view name) const {
    if (name == "postmaster") return addressing::Existence::Yes;
    const auto& known = find(std::string(name));
    return known && known->uid >= least_uid_ ? addressing::Existence::Yes : addressing::Existence::No;
}

Instructions Homes::allowed_at(const std::string& domain) const {
    auto found = domains_.find(domain);
    for (auto dot = domain.find('.'); found == domains_.end() && dot != std::string::npos;
         dot = domain.find('.', dot + 1))
        found = domains_.find(std::string_view(domain).substr(dot));
    if (found == domains_.end()) return Instructions::None;
    if (found->second.owner.empty()) return found->second.instructions;
    const auto host = domains_.find(hostname_);
    return host == domains_.end() ? Instructions::None : host->second.instructions;
}

std::vector<Onward> Homes::onward(const addressing::Delivery& delivery) const {
    const bool is_user = delivery.kind == addressing::Delivery::Kind::Mailbox && !delivery.account.contains('@');
    const auto kind = is_user ? allowed_at(delivery.address.domain) : Instructions::None;
    const auto& known = find(is_user ? delivery.account : "");
    if (kind == Instructions::None || !known) return {};
    for (const auto& name : file_names(delivery, kind)) {
        const auto path = known->home + "/" + name;
        struct stat status;
        if (::lstat(path.c_str(), &status) == 0) return lines_of(path, delivery, kind);
    }
    return {};
}

std::vector<Onward> Homes::lines_of(const std::string& path, const addressing::Delivery& delivery,
                                    Instructions kind) const {
    std::vector<Onward> found;
    const auto text = read_regular(path);
    if (!text) return found;
    const auto himself = text::lower(smtp::to_text(delivery.address));
    std::uint32_t number = 0;
    for (std::string_view rest = *text; !rest.empty();) {
        const auto end = std::min(rest.find('\n'), rest.size());
        ++number;
        for (auto to : forwards_of(rest.substr(0, end), kind)) {
            if (!to.contains('@')) to += "@" + hostname_;
            // In ~/.forward his own name is his mailbox.
            const bool is_mailbox =
                kind == Instructions::Forward && (text::equal_ignoring_case(to, himself) ||
                                                  text::equal_ignoring_case(to, delivery.account + "@" + hostname_));
            if (!is_mailbox)
                found.push_back({to, {smtp::to_text(delivery.address), "sent on to " + to, {path, number}}});
        }
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return found;
}

std::vector<std::string> Homes::entrances() const {
    std::vector<std::string> found;
    const bool are_any = std::ranges::any_of(
        domains_, [](const auto& named) { return named.second.instructions != Instructions::None; });
    if (!are_any) return found;
    ::setpwent();
    std::size_t users = 0;
    for (const passwd* entry; users < most_users && (entry = ::getpwent()) != nullptr; ++users)
        if (entry->pw_uid >= least_uid_) add_entrances(entry->pw_name, entry->pw_dir, found);
    ::endpwent();
    return found;
}

void Homes::add_entrances(const std::string& name, const std::string& home, std::vector<std::string>& found) const {
    const std::unique_ptr<DIR, int (*)(DIR*)> directory(::opendir(home.c_str()), ::closedir);
    if (!directory) return;
    std::vector<std::string> extensions;
    for (const dirent* entry; extensions.size() < most_files && (entry = ::readdir(directory.get())) != nullptr;) {
        const std::string_view file = entry->d_name;
        if (file == ".qmail" || file == ".forward") extensions.emplace_back();
        if (!file.starts_with(".qmail-") && !file.starts_with(".forward-") && !file.starts_with(".forward+")) continue;
        extensions.emplace_back(file.substr(file.find_first_of("+-") + 1));
        std::ranges::replace(extensions.back(), ':', '.');
    }
    for (const auto& [domain, rules] : domains_) {
        if (rules.instructions == Instructions::None || domain.starts_with('.')) continue;
        for (const auto& extension : extensions)
            if (extension.empty())
                found.push_back(fmt::format("{}@{}", name, domain));
            else if (!rules.delimiters.empty())
                found.push_back(fmt::format("{}{}{}@{}", name, rules.delimiters.front(), extension, domain));
    }
}

}  // namespace check
