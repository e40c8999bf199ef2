#include "runner/hook.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "text/ascii.h"

namespace runner {
namespace {

bool is_record_name(std::string_view name) {
    return name.starts_with("_acme-challenge.") && name.size() <= 255 && std::ranges::all_of(name, [](char c) {
               return text::is_alphanumeric(c) || c == '-' || c == '.' || c == '_';
           });
}

bool is_digest(std::string_view value) {
    return value.size() == 43 &&
           std::ranges::all_of(value, [](char c) { return text::is_alphanumeric(c) || c == '-' || c == '_'; });
}

}  // namespace

std::expected<Called, std::string> call_of(const Hook& hook, const site::Acme& acme, bool is_privileged) {
    if (acme.hook.empty()) return std::unexpected("there is none");
    if (!is_record_name(hook.name) || !is_digest(hook.value)) return std::unexpected("it was asked for nonsense");
    Called called;
    called.run.ticket = hook.ticket;
    called.run.uid = is_privileged ? acme.hook_uid : ::geteuid();
    called.run.gid = is_privileged ? acme.hook_gid : ::getegid();
    called.run.home = "/";
    called.words = {acme.hook, hook.adds ? "add" : "remove", hook.name, hook.value};
    return called;
}

acmed::HookEnded outcome_of(const deliver::Ended& ended) {
    using How = deliver::Ended::How;
    const bool done = ended.how == How::Exited && ended.status == 0;
    std::string text = ended.how == How::Exited        ? fmt::format("exit status {}", ended.status)
                       : ended.how == How::Killed      ? fmt::format("killed by signal {}", ended.status)
                       : ended.how == How::TookTooLong ? "it took too long"
                                                       : "it could not be started";
    if (!ended.output.empty()) text += ": " + ended.output;
    return {.ticket = ended.ticket, .done = done, .text = done ? "" : std::move(text)};
}

}  // namespace runner
