#include "account/desk.h"

#include <fmt/format.h>
#include <grp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "check/load_all.h"
#include "config/load.h"
#include "lang/try.h"
#include "master/make_plan.h"
#include "site/checks.h"
#include "site/mailbox_list.h"
#include "text/ascii.h"
#include "text/idna.h"

namespace account {
namespace {

constexpr std::chrono::seconds patience{10};

std::string text_of(const config::Problems& problems) {
    std::string text;
    for (const auto& problem : problems) text += (text.empty() ? "" : "\n") + config::to_text(problem);
    return text;
}

}  // namespace

Result<> become_owner(const std::string& folder) {
    struct stat status{};
    if (::stat(folder.c_str(), &status) != 0) return refuse(no, fmt::format("{}: {}", folder, std::strerror(errno)));
    if (::geteuid() != 0) {
        if (::access(folder.c_str(), R_OK | W_OK | X_OK) == 0) return {};
        return refuse(no, fmt::format("{} belongs to another user: do this as root", folder));
    }
    if (status.st_uid == 0) return {};  // a server that runs as root without users of its own
    const bool is_become = ::setgroups(0, nullptr) == 0 &&
                           ::setresgid(status.st_gid, status.st_gid, status.st_gid) == 0 &&
                           ::setresuid(status.st_uid, status.st_uid, status.st_uid) == 0;
    if (!is_become) return refuse(no, fmt::format("cannot become the owner of {}: {}", folder, std::strerror(errno)));
    return {};
}

std::unexpected<Trouble> refuse(int status, std::string text) {
    return std::unexpected(Trouble{status, std::move(text)});
}

Trouble trouble_of(const accounts::Error& error) {
    using Code = accounts::Error::Code;
    const int status = error.code == Code::Exists || error.code == Code::Forbidden ? no
                       : error.code == Code::Newer                                 ? misused
                                                                                   : temporary;
    return {status, "the directory: " + accounts::to_text(error)};
}

int report(std::string_view command, const Result<>& result) {
    std::fflush(stdout);
    if (result) return done;
    fmt::print(stderr, "{}: {}\n", command, result.error().text);
    return result.error().status;
}

Result<std::unique_ptr<Desk>> Desk::open(const std::string& configuration, For purpose) {
    auto loaded = check::load_all(configuration);
    if (!loaded) return refuse(misused, text_of(loaded.error()));
    std::unique_ptr<Desk> desk(new Desk);
    desk->config_ = config::load<directory::Config>(loaded->text);
    const bool privileged = ::geteuid() == 0;
    const auto folder = site::directory_folder(desk->config_);
    struct stat made{};
    const bool is_made = ::stat(folder.c_str(), &made) == 0;
    // Whoever it belongs to keeps it: a server may run as any user. Only root's has not been given to anybody yet.
    if (purpose == For::Writing && (!is_made || (privileged && made.st_uid == 0)))
        if (auto making = master::make_directory_folder(master::make_plan(loaded->master, {}), privileged); !making)
            return refuse(no, std::move(making).error());
    if (purpose == For::Writing || is_made) TRY(become_owner(folder));
    ::umask(077);
    const auto path = site::directory_database(desk->config_);
    const bool is_there = ::access(path.c_str(), F_OK) == 0;
    // Who only asks makes nothing: an empty database that stays in memory will do.
    desk->database_ = TRY(told(accounts::Database::open(
        is_there || purpose == For::Writing ? path : ":memory:",
        is_there ? accounts::Connection::Missing::Fails : accounts::Connection::Missing::IsCreated, patience)));
    desk->rules_ = std::make_unique<directory::Rules>(desk->config_, *desk->database_);
    return desk;
}

std::int64_t Desk::now() const {
    return std::chrono::duration_cast<std::chrono::seconds>(clock_.wall().time_since_epoch()).count();
}

addressing::Resolution Desk::resolve(const std::string& address) const {
    auto mailbox = smtp::parse_mailbox(address, smtp::Utf8::Allowed);
    if (!mailbox) mailbox = smtp::Mailbox{.local_part = address, .domain = {}, .literal = {}};
    return rules_->resolve(*mailbox);
}

Result<> Desk::find_circles(const std::vector<std::string>& entrances) const {
    for (const auto& entrance : entrances) {
        const auto resolution = resolve(entrance);
        if (resolution.reply.is_temporary() && resolution.rounds.empty())
            return refuse(temporary, fmt::format("where mail for {} would go cannot be found out now", entrance));
        if (!resolution.rounds.empty())
            return refuse(no, "mail would go round: " + addressing::to_text(resolution.rounds.front()));
    }
    return {};
}

Result<> Desk::commit(const std::vector<std::string>& entrances, const std::function<Result<>()>& change) {
    TRY(told(database_->begin()));
    auto result = change();
    if (result) result = find_circles(entrances);
    if (result) result = told(database_->commit());
    if (!result) database_->roll_back();
    return result;
}

Result<std::string> account_name(std::string_view text) {
    auto name = site::mailbox_name(text);
    if (!name) return refuse(misused, fmt::format("{} {}; write user@domain", config::toml_string(text), name.error()));
    return *std::move(name);
}

Result<std::string> domain_name(std::string_view text) {
    if (auto flaw = site::domain_flaw(text); !flaw.empty())
        return refuse(misused, fmt::format("{} is no domain: {}", config::toml_string(text), flaw));
    auto name = text::to_a_labels(text);
    if (!name) return refuse(misused, fmt::format("{} is no domain", config::toml_string(text)));
    return *std::move(name);
}

bool print(const std::string& text) {
    return std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && !std::ferror(stdout);
}

}  // namespace account
