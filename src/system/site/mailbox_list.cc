#include "site/mailbox_list.h"

#include <algorithm>

#include "config/node.h"
#include "config/quantity.h"
#include "smtp/limits.h"
#include "smtp/path.h"
#include "text/ascii.h"
#include "text/utf8.h"

namespace site {
namespace {

constexpr std::size_t most_problems = 100;

struct Line {
    std::string_view address;
    std::string_view quota;
};

// line = address [ blanks quota ] [ "#" comment ]; addresses may contain "#", so a comment begins a line or follows a
// blank
Line split(std::string_view line) {
    if (line.ends_with('\r')) line.remove_suffix(1);
    line = text::trim(line);
    if (line.starts_with('#')) return {};
    const auto end = std::ranges::find_if(line, text::is_blank);
    const auto length = static_cast<std::size_t>(end - line.begin());
    std::string_view rest = text::trim(line.substr(length));
    rest = text::trim(rest.substr(0, rest.find('#')));
    return {line.substr(0, length), rest};
}

}  // namespace

std::expected<std::string, std::string> mailbox_name(std::string_view address) {
    auto mailbox = smtp::parse_mailbox(address, smtp::Utf8::Allowed);
    if (!mailbox) return std::unexpected(std::string(smtp::describe(mailbox.error().code)));
    if (mailbox->literal) return std::unexpected("an address literal is no virtual domain");
    if (!is_directory_name(mailbox->local_part)) return std::unexpected("cannot be the name of a directory");
    return text::lower(mailbox->local_part) + "@" + mailbox->domain;
}

bool is_directory_name(std::string_view local_part) {
    return !local_part.empty() && local_part.size() <= smtp::portable_local_part && local_part.front() != '.' &&
           text::is_utf8(local_part) &&
           std::ranges::none_of(local_part, [](char c) { return c == '/' || c == ' ' || text::is_control(c); });
}

std::expected<MailboxList, config::Problems> parse_mailbox_list(std::string_view text, const std::string& file) {
    MailboxList list;
    config::Problems problems;
    std::uint32_t number = 0;
    const auto complain = [&](std::string_view address, std::string problem, std::string remedy) {
        problems.push_back({file, number, 1, std::string(address), std::move(problem), std::move(remedy)});
    };
    while (!text.empty() && problems.size() < most_problems) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        const auto [address, quota_text] = split(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
        ++number;
        if (address.empty()) continue;
        const auto quota = quota_text.empty() ? std::optional<std::uint64_t>(0) : config::parse_octets(quota_text);
        auto name = mailbox_name(address);
        if (!name)
            complain(address, std::move(name.error()), "write user@domain");
        else if (!quota)
            complain(address, config::toml_string(quota_text) + " is no size", "write 500MB");
        else if (!list.emplace(*std::move(name), *quota).second)
            complain(address, "is listed twice", "");
    }
    if (!problems.empty()) return std::unexpected(std::move(problems));
    return list;
}

}  // namespace site
