#include "sender/run.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <string>

#include "account/desk.h"
#include "check/arguments.h"
#include "check/load_all.h"
#include "config/load.h"
#include "file/descriptor.h"
#include "lang/try.h"
#include "master/make_plan.h"
#include "senders/file.h"
#include "text/escape.h"

namespace sender {
namespace {

using account::refuse;
using account::Result;

struct Request {
    check::ConfigurationPath configuration;
    std::string identity;
    bool validated = false;
    bool json = false;
};

enum class For : std::uint8_t { Reading, Writing };

/// The folder of the list, open; as root its owner is become, so that nothing there is read or written as root. Who
/// only asks where nobody has set anything yet gets none.
Result<file::Descriptor> open_folder(const Request& request, For purpose) {
    auto loaded = check::load_all(request.configuration.path);
    if (!loaded) return refuse(account::misused, config::to_text(loaded.error().front()));
    const auto plan = master::make_plan(loaded->master, {});
    if (site::Authentication set = loaded->master; set.senders.behavior == site::SendersBehavior::Off)
        fmt::print(stderr, "hermod sender: the list is not looked at as long as senders.behavior is \"off\"\n");
    struct stat status{};
    const bool is_made = ::stat(plan.policy_folder.c_str(), &status) == 0;
    if (!is_made && purpose == For::Reading) return file::Descriptor();
    const bool privileged = ::geteuid() == 0;
    // Only root's has not been given to anybody yet.
    if (purpose == For::Writing && (!is_made || (privileged && status.st_uid == 0)))
        if (auto making = master::make_policy_folder(plan, privileged); !making)
            return refuse(account::no, std::move(making).error());
    TRY(account::become_owner(plan.policy_folder));
    ::umask(077);
    file::Descriptor folder(::open(plan.policy_folder.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!folder) return refuse(account::no, fmt::format("{}: {}", plan.policy_folder, std::strerror(errno)));
    return folder;
}

template <typename T>
Result<T> told(std::expected<T, std::string> result) {
    if (!result) return refuse(account::temporary, std::move(result).error());
    if constexpr (std::is_void_v<T>)
        return {};
    else
        return *std::move(result);
}

Result<std::string> identity_of(const Request& request) {
    auto identity = senders::parse_identity(request.identity);
    if (!identity)
        return refuse(account::misused, fmt::format("{}: {}", text::escaped(request.identity), identity.error()));
    return *std::move(identity);
}

std::string form_of(const senders::Entry& entry, bool json) {
    if (!json)
        return fmt::format("{} {}{}\n", to_text(entry.action), text::escaped(entry.identity),
                           entry.validated ? " (validated)" : "");
    return boost::json::serialize(boost::json::object{{"action", to_text(entry.action)},
                                                      {"identity", entry.identity},
                                                      {"validated", entry.validated},
                                                      {"created", entry.created}}) +
           '\n';
}

Result<> set(const Request& request, senders::Action action) {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    const senders::Entry entry{.action = action,
                               // Whoever forges a name would be allowed by it.
                               .validated = request.validated || action == senders::Action::Allow,
                               .identity = TRY(identity_of(request)),
                               .created = std::chrono::duration_cast<std::chrono::seconds>(now).count()};
    const auto folder = TRY(open_folder(request, For::Writing));
    TRY(told(senders::change(folder.get(), [&](senders::List& list) -> std::expected<void, std::string> {
        list.set(entry);
        return {};
    })));
    account::print(form_of(entry, request.json));
    return {};
}

Result<> list(const Request& request) {
    const auto folder = TRY(open_folder(request, For::Reading));
    if (!folder) return {};
    const auto all = TRY(told(senders::read(folder.get())));
    for (const auto& [identity, entry] : all.entries())
        if (!account::print(form_of(entry, request.json))) break;
    return {};
}

Result<> remove(const Request& request) {
    const auto identity = TRY(identity_of(request));
    const auto folder = TRY(open_folder(request, For::Writing));
    bool was_there = false;
    TRY(told(senders::change(folder.get(), [&](senders::List& list) -> std::expected<void, std::string> {
        was_there = list.remove(identity);
        return {};
    })));
    if (!was_there) return refuse(account::no, fmt::format("{} is neither blocked nor allowed", identity));
    account::print(fmt::format("{} is neither blocked nor allowed any more\n", identity));
    return {};
}

}  // namespace

int run(std::span<char*> arguments) {
    ::signal(SIGPIPE, SIG_IGN);
    CLI::App app("Senders who are blocked or allowed, by what is proved of them.", "hermod sender");
    app.require_subcommand(1);
    Request request;
    const auto add = [&](const char* name, const char* meaning) {
        auto* const command = app.add_subcommand(name, meaning);
        request.configuration.add_to(*command);
        return command;
    };
    const auto add_identity = [&](CLI::App& command) {
        command.add_option("SENDER", request.identity, "A domain, with those below it; or an address")->required();
    };
    auto* const block = add("block", "Mail of this sender is not wanted");
    auto* const allow = add("allow", "Mail that is proved to be this sender's is taken");
    for (auto* const command : {block, allow}) {
        add_identity(*command);
        command->add_flag("--validated", request.validated, "Only where it is proved to be his; of allow always so");
    }
    auto* const show = add("list", "All of them");
    auto* const drop = add("remove", "Forget what was said of this sender");
    add_identity(*drop);
    for (auto* const command : {block, allow, show}) command->add_flag("--json", request.json, "One object a line");
    if (const auto status = check::parse(app, arguments)) return *status;
    if (*block) return account::report("hermod sender", set(request, senders::Action::Block));
    if (*allow) return account::report("hermod sender", set(request, senders::Action::Allow));
    if (*show) return account::report("hermod sender", list(request));
    return account::report("hermod sender", remove(request));
}

}  // namespace sender
