#include "qmgr/loops.h"

#include <algorithm>

#include <fmt/format.h>

#include "lang/try.h"
#include "mime/header.h"
#include "mime/hops.h"
#include "smtp/limits.h"
#include "text/ascii.h"

namespace qmgr {

std::string_view header_of(std::string_view message) {
    return message.substr(0, std::min(mime::divide(message).header, smtp::largest_header));
}

file::Result<std::string> header_of(const file::OpenFile& message) {
    std::string start;
    for (std::size_t length = 64 * 1024; length <= smtp::largest_header; length *= 4) {
        start = TRY(message.read_at(0, length));
        const auto division = mime::divide(start);
        if (division.has_empty_line || start.size() < length) {
            start.resize(division.header);
            return start;
        }
    }
    return start;
}

namespace {

const LoopPolicy* find_domain(const Settings& settings, std::string_view domain) {
    const auto& known = settings.loop_domains;
    if (const auto found = known.find(domain); found != known.end()) return &found->second;
    for (auto dot = domain.find('.'); dot != std::string_view::npos; dot = domain.find('.', dot + 1))
        if (const auto found = known.find(domain.substr(dot)); found != known.end()) return &found->second;
    return nullptr;
}

LoopRule configured_rule(const spool::Recipient& recipient, const Settings& settings) {
    const std::string asked = text::lower(recipient.asked);
    const std::string address = text::lower(recipient.smtp.address);
    for (const auto& name : {asked, address})
        if (const auto found = settings.loop_addresses.find(name); found != settings.loop_addresses.end()) {
            auto rule = found->second;
            if (rule.deliver_to.empty()) rule.deliver_to = settings.loops_deliver_to;
            return rule;
        }
    for (const auto& name : {asked, address})
        if (const auto* policy = find_domain(settings, domain_of(name))) return {*policy, settings.loops_deliver_to};
    return {settings.loops, settings.loops_deliver_to};
}

}  // namespace

LoopRule rule_for(const spool::Recipient& recipient, const Settings& settings) {
    auto rule = configured_rule(recipient, settings);
    const bool has_no_mailbox = rule.deliver_to.empty() && recipient.transport != spool::Transport::Local;
    if (rule.policy == LoopPolicy::Deliver && has_no_mailbox) rule.policy = LoopPolicy::Bounce;
    return rule;
}

spool::Recipient mailbox_for(const spool::Recipient& recipient, const LoopRule& rule) {
    spool::Recipient end = recipient;
    end.transport = spool::Transport::Mailbox;
    end.target.clear();
    if (!rule.deliver_to.empty()) end.smtp.address = rule.deliver_to;
    return end;
}

Circles::Circles(std::string_view header, std::uint32_t max_hops) : max_hops_(max_hops) {
    const auto hops = mime::count_hops(header);
    hops_ = hops.received + hops.delivered_to;
    if (hops.delivered_to == 0) return;
    mime::FieldScanner fields(header);
    while (const auto field = fields.next())
        if (field->is("Delivered-To")) marks_ += field->whole;
}

void Circles::look_back(std::string_view header, std::string_view hostname, const Passages& passages,
                        const std::vector<spool::Recipient>& recipients) {
    const auto field = mime::find_field(header, "Message-ID");
    const auto message_id = field ? mime::unfold(field->value) : std::string();
    for (const auto& text : mime::earlier_ids(header, hostname)) {
        const auto id = spool::parse_message_id(text);
        if (!id || !passages.is_back(*id, message_id, recipients)) continue;
        passages_ = &passages;
        earlier_ = *id;  // the oldest in the end: where it began
    }
}

bool Circles::closes_at(const spool::Recipient& recipient) const {
    if (passages_ && passages_->was_for(earlier_, recipient)) return true;
    return recipient.transport != spool::Transport::Relay && !marks_.empty() &&
           mime::has_delivered_to(marks_, recipient.smtp.address);
}

std::string Circles::reason() const {
    if (has_too_many_hops()) return fmt::format("{} trace fields, and max_hops is {}", hops_, max_hops_);
    if (earlier_ != 0) return fmt::format("another server brings back what was here as {}", spool::to_text(earlier_));
    return "the message was here before";
}

}  // namespace qmgr
