#include "qmgr/bounce.h"

#include <algorithm>

#include <fmt/format.h>

#include "dsn/wants.h"
#include "lang/try.h"
#include "qmgr/arrangement.h"
#include "qmgr/loops.h"
#include "text/ascii.h"

namespace qmgr {
namespace {

constexpr std::uint64_t most_original = 50 * 1024;  // above: only its header
constexpr std::size_t most_header = 32 * 1024;

dsn::Action action_of(const Verdict& verdict) {
    switch (verdict.status) {
        case Status::Delivered: return dsn::Action::Delivered;
        case Status::Relayed: return dsn::Action::Relayed;
        case Status::Failed: return dsn::Action::Failed;
        case Status::Deferred: break;
    }
    return dsn::Action::Delayed;
}

bool concerns(Notice notice, const Verdict& verdict, const Conclusion& conclusion) {
    switch (notice) {
        case Notice::Failure: return verdict.status == Status::Failed;
        case Notice::Delay: return verdict.status == Status::Deferred && conclusion.notices_delay;
        case Notice::Success: break;
    }
    // RFC 3461 §5.2.2: who passed the request on leaves the answer to the next server.
    return verdict.status == Status::Delivered || (verdict.status == Status::Relayed && !verdict.remote_does_dsn);
}

bool tells(Notice notice, const Verdict& verdict, const Conclusion& conclusion) {
    return concerns(notice, verdict, conclusion) &&
           dsn::wants(conclusion.message.reverse_path, verdict.recipient.notify, action_of(verdict));
}

mime::Date date_of(std::int64_t milliseconds) { return {.unix_seconds = milliseconds / 1000}; }

std::int64_t end_of_life(const Conclusion& conclusion, const Settings& settings) {
    return conclusion.arrived + settings.lifetime.count();
}

dsn::Recipient recipient_of(const Verdict& verdict, std::int64_t now) {
    dsn::Recipient out;
    out.original_recipient = verdict.recipient.original_recipient;
    out.final_recipient = verdict.recipient.address;
    out.action = action_of(verdict);
    out.status = verdict.is_expired ? "4.4.7" : status_of(verdict.reply);  // RFC 3463 §3.5
    out.remote_mta = host_of(verdict.remote);
    if (verdict.reply.code != 0) {
        const auto& reply = verdict.reply;
        out.diagnostic =
            fmt::format("{}{}{} {}", reply.code, reply.enhanced.empty() ? "" : " ", reply.enhanced, reply.text);
    }
    out.last_attempt = date_of(now);
    return out;
}

/// At a line end, so that no field is cut in two.
std::string_view shortened(std::string_view header) {
    if (header.size() <= most_header) return header;
    const auto end = header.rfind('\n', most_header);
    return header.substr(0, end == std::string_view::npos ? 0 : end + 1);
}

}  // namespace

bool tells_anybody(Notice notice, const Conclusion& conclusion) {
    return std::ranges::any_of(conclusion.verdicts, [&](const Verdict& v) { return tells(notice, v, conclusion); });
}

bool tells_anybody(const Verdict& verdict, const Conclusion& conclusion) {
    return std::ranges::any_of(all_notices, [&](Notice notice) { return tells(notice, verdict, conclusion); });
}

dsn::Report report_of(Notice notice, const Conclusion& conclusion, const Settings& settings, std::int64_t now) {
    dsn::Report report;
    report.reporting_mta = settings.hostname;
    report.envelope_id = conclusion.message.envelope_id;
    report.arrival = date_of(conclusion.arrived);
    for (const auto& verdict : conclusion.verdicts) {
        if (!tells(notice, verdict, conclusion)) continue;
        report.recipients.push_back(recipient_of(verdict, now));
        if (notice == Notice::Delay)
            report.recipients.back().will_retry_until = date_of(end_of_life(conclusion, settings));
    }
    return report;
}

std::string NoticeWriter::random_word() { return fmt::format("{:016x}", random_.next()); }

file::Result<dsn::Notification> NoticeWriter::text_of(const dsn::Report& report, const Conclusion& about,
                                                      const spool::Stored& original, spool::MessageId id) {
    const std::string from_blob = original.blob ? TRY(header_of(*original.blob)) : std::string();
    const std::string_view header = original.blob ? std::string_view(from_blob) : header_of(original.octets);
    dsn::Writing writing;
    writing.to = about.message.reverse_path;
    writing.message_id = fmt::format("{}.{}@{}", spool::to_text(id), random_word(), settings_.hostname);
    writing.date = date_of(clock_.wall().time_since_epoch().count());
    do writing.boundary = fmt::format("{}{}", random_word(), random_word());
    while (dsn::contains_boundary(original.octets, writing.boundary) ||
           dsn::contains_boundary(header, writing.boundary));
    writing.original_header = shortened(header);
    writing.original_size = original.blob ? TRY(original.blob->size()) : original.octets.size();
    writing.wants_whole_original = !original.blob && dsn::wants_whole_original(about.message.ret, report);
    writing.most_original = most_original;
    writing.original_is_8bit = !text::is_7bit(original.octets);
    writing.smtputf8 = about.message.smtputf8;
    return dsn::write(report, writing);
}

file::Result<spool::Body> NoticeWriter::body_of(std::string octets) {
    spool::Body body;
    body.size = octets.size();
    if (octets.size() <= spool::inline_body) {
        body.octets = std::move(octets);
        return body;
    }
    const auto blob = TRY(spool_.open_blob());
    if (auto written = spool_.blob(blob).write_at(0, octets); !written) {
        spool_.drop_blob(blob);
        return std::unexpected(std::move(written).error());
    }
    body.blob = blob;
    return body;
}

file::Result<WrittenNotice> NoticeWriter::write(Notice notice, const dsn::Report& report, const Conclusion& about,
                                                const spool::Stored& original,
                                                const std::vector<spool::Recipient>& to) {
    const std::int64_t now = clock_.wall().time_since_epoch().count();
    WrittenNotice out;
    out.notice = notice;
    out.accept.id = spool_.next_id();
    auto text = TRY(text_of(report, about, original, out.accept.id));
    std::string octets = std::move(text.prefix);
    if (text.takes_original) octets += original.octets;
    octets += text.suffix;

    auto arrangement = arrange(
        to, [&](const spool::Recipient& recipient) { return destination_of(recipient, settings_.routes); }, now);
    out.destinations = std::move(arrangement.destinations);
    out.accept.tasks = std::move(arrangement.tasks);
    auto& envelope = out.accept.envelope;
    envelope.recipients = std::move(arrangement.recipients);
    for (auto& recipient : envelope.recipients) {
        recipient.smtp.notify = smtp::notify_never;
        recipient.sender.clear();  // it comes from nobody, through whatever list it goes
    }
    envelope.body = text.needs_8bit ? smtp::BodyType::EightBitMime : smtp::BodyType::SevenBit;
    envelope.smtputf8 = text.needs_smtputf8;
    envelope.arrived = now;
    envelope.origin = fmt::format("notification about {}", spool::to_text(about.id));
    out.accept.body = TRY(body_of(std::move(octets)));
    return out;
}

}  // namespace qmgr
