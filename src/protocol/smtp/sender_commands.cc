// What a message needs from the server, and how MAIL and RCPT say it.
#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "smtp/parameters.h"
#include "smtp/sender.h"
#include "text/ascii.h"

namespace smtp {
namespace {

using Result = RecipientOutcome::Result;

RecipientOutcome failed_here(std::uint16_t code, std::string enhanced, std::string text) {
    RecipientOutcome outcome;
    outcome.result = Result::Failed;
    outcome.stage = Stage::Mail;
    outcome.reply = Reply(code, std::move(enhanced), std::move(text));
    outcome.is_local = true;
    return outcome;
}

// Hostile: addresses also come from alias files and forms; none may bring a line end or a second path along.
bool is_sendable(std::string_view address) {
    return address.size() + 2 <= longest_path && std::ranges::none_of(address, text::is_control);
}

bool is_international(std::string_view address) { return !text::is_7bit(address); }

}  // namespace

void Sender::conclude(Job& job, std::size_t recipient, RecipientOutcome outcome) {
    if (job.is_final[recipient]) return;
    job.is_final[recipient] = true;
    --job.open;
    job.outcomes[recipient] = std::move(outcome);
}

void Sender::conclude_open(Job& job, const RecipientOutcome& outcome) {
    for (std::size_t i = 0; i < job.is_final.size(); ++i) conclude(job, i, outcome);
}

// What can be decided before a word is said, now that the server's extensions are known.
void Sender::prepare(Job& job) {
    job.is_prepared = true;
    if (server_cannot_take(job)) return;
    const auto& envelope = job.message.envelope;
    const bool is_international_message =
        is_international(envelope.reverse_path) || (envelope.smtputf8 && job.message.has_8bit_header);
    if (is_international_message && !extensions_.smtputf8)  // RFC 6531 §3.7.3
        return conclude_open(job,
                             failed_here(550, "5.6.7", "The message needs SMTPUTF8, which the server does not offer"));
    job.use_smtputf8 = is_international_message;
    for (std::size_t i = 0; i < envelope.recipients.size(); ++i) {
        const auto& address = envelope.recipients[i].address;
        if (!is_sendable(address)) conclude(job, i, failed_here(501, "5.1.3", "This address cannot be sent to"));
        if (!is_international(address)) continue;
        job.use_smtputf8 = true;
        if (!extensions_.smtputf8)
            conclude(job, i, failed_here(550, "5.6.7", "The address needs SMTPUTF8, which the server does not offer"));
    }
    job.use_smtputf8 = job.use_smtputf8 && extensions_.smtputf8;
    job.uses_bdat = wants_bdat(job.message);
}

bool Sender::server_cannot_take(Job& job) {
    const auto& message = job.message;
    if (!is_sendable(message.envelope.reverse_path))
        conclude_open(job, failed_here(501, "5.1.7", "This sender address cannot be sent"));
    if (extensions_.size > 0 && message.size > extensions_.size)  // RFC 1870 §5
        conclude_open(job, failed_here(552, "5.3.4", "The message is larger than the server takes"));
    if (message.has_8bit && !extensions_.eight_bit_mime)  // RFC 6152 §3
        conclude_open(job, failed_here(554, "5.6.3", "The message is 8-bit, which the server does not take"));
    const bool is_binary = message.envelope.body == BodyType::BinaryMime;
    if (is_binary && !(extensions_.binary_mime && extensions_.chunking))  // RFC 3030 §3
        conclude_open(job, failed_here(554, "5.6.1", "The message is binary, which the server does not take"));
    return job.open == 0;
}

bool Sender::wants_bdat(const Outgoing& message) const {
    if (!extensions_.chunking) return false;
    if (message.longest_line > longest_text_line || message.envelope.body == BodyType::BinaryMime) return true;
    return settings_.chunking == Chunking::WhenSmall && extensions_.pipelining && message.size <= settings_.small;
}

// §4.1.1.2, with SIZE (RFC 1870 §5), BODY, SMTPUTF8, RET and ENVID. AUTH=<> says that we vouch for nobody (RFC 4954
// §5).
std::string Sender::mail_command(const Job& job) const {
    const auto& envelope = job.message.envelope;
    MailParameters parameters{.smtputf8 = job.use_smtputf8};
    if (job.message.has_8bit) parameters.body = BodyType::EightBitMime;
    if (envelope.body == BodyType::BinaryMime) parameters.body = BodyType::BinaryMime;
    if (extensions_.dsn) {
        parameters.ret = envelope.ret;
        parameters.envelope_id = envelope.envelope_id;
    }
    const auto size = extensions_.has_size ? fmt::format(" SIZE={}", job.message.size) : std::string();
    const bool is_logged_in = login_ && login_->is_done();
    return fmt::format("MAIL FROM:<{}>{}{}{}\r\n", envelope.reverse_path, size, to_text(parameters),
                       is_logged_in ? " AUTH=<>" : "");
}

// §4.1.1.3, with NOTIFY and ORCPT (RFC 3461 §5.2.1: passed on as they came)
std::string Sender::rcpt_command(const Job& job, const Recipient& recipient) const {
    const auto form = job.use_smtputf8 ? text::UnicodeForm::Utf8 : text::UnicodeForm::Ascii;
    return fmt::format("RCPT TO:<{}>{}\r\n", recipient.address,
                       extensions_.dsn ? parameters_of(recipient, form) : std::string());
}

}  // namespace smtp
