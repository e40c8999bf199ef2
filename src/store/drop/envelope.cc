#include "drop/envelope.h"

#include <fmt/format.h>

#include <unordered_set>

#include "lang/try.h"
#include "smtp/command.h"
#include "smtp/parameters.h"
#include "text/ascii.h"

namespace drop {
namespace {

constexpr std::string_view first_line = "HERMOD-DROP 1";
constexpr std::size_t longest_name = 256;

/// Where an address ends that begins at the front, and whether it has a domain. Quotes hide both signs.
struct Extent {
    std::size_t length = 0;
    bool has_domain = false;
};
Extent measure(std::string_view text, char end) {
    Extent extent;
    bool quoted = false;
    for (; extent.length < text.size(); ++extent.length) {
        const char c = text[extent.length];
        if (c == '"')
            quoted = !quoted;
        else if (quoted && c == '\\')
            ++extent.length;
        else if (!quoted && c == '@')
            extent.has_domain = true;
        else if (!quoted && c == end)
            break;
    }
    extent.length = std::min(extent.length, text.size());
    return extent;
}

/// "MAIL FROM:<joe> RET=HDRS" with the domain that is missing.
std::string completed_path(std::string_view line, std::string_view domain) {
    const auto open = line.find('<');
    if (open == line.npos) return std::string(line);
    const auto path = line.substr(open + 1);
    const auto extent = measure(path, '>');
    if (extent.length == 0 || extent.has_domain) return std::string(line);
    return fmt::format("{}{}@{}{}", line.substr(0, open + 1), path.substr(0, extent.length), domain,
                       path.substr(extent.length));
}

class Reader {
public:
    Reader(std::string_view file, std::string_view domain) : file_(file), domain_(domain) {}

    std::expected<Head, Error> read() {
        if (TRY(next_line()) != first_line) return fail(Error::Code::NotADrop);
        while (true) {
            const auto line = TRY(next_line());
            if (line == "DATA") break;
            TRY(read_line(line));
        }
        if (!has_sender_) return fail(Error::Code::BadLine);
        if (head_.envelope.smtp.recipients.empty()) return fail(Error::Code::NoRecipient);
        head_.size = offset_;
        return std::move(head_);
    }

private:
    std::unexpected<Error> fail(Error::Code code, std::string text = {}) const {
        return std::unexpected(Error{code, line_, std::move(text)});
    }

    std::expected<std::string_view, Error> next_line() {
        ++line_;
        const auto end = file_.find('\n', offset_);
        if (end == file_.npos || end > longest_head)
            return fail(file_.size() > longest_head ? Error::Code::TooLong : Error::Code::Incomplete);
        const auto line = file_.substr(offset_, end - offset_);
        offset_ = end + 1;
        return line;
    }

    std::expected<void, Error> read_line(std::string_view line) {
        if (line.starts_with("NAME ") && !has_sender_) return read_name(line.substr(5));
        if ((line == "FORWARD" || line == "LIST") && !has_sender_) {
            head_.envelope.kind = line == "LIST" ? Kind::List : Kind::Forward;
            return {};
        }
        if (line.starts_with("MAIL ") && !has_sender_) return read_sender(line);
        if (line.starts_with("RCPT ") && has_sender_) return read_recipient(line);
        return fail(Error::Code::BadLine);
    }

    std::expected<void, Error> read_name(std::string_view name) {
        if (name.size() > longest_name || std::ranges::any_of(name, text::is_control))
            return fail(Error::Code::BadLine);
        head_.envelope.name = name;
        return {};
    }

    std::expected<void, Error> read_sender(std::string_view line) {
        auto command = smtp::parse_command(completed_path(line, domain_));
        if (!command) return fail(Error::Code::BadSender, command.error().reply.text);
        const auto* mail = std::get_if<smtp::Mail>(&*command);
        if (!mail) return fail(Error::Code::BadSender);
        auto& envelope = head_.envelope.smtp;
        if (mail->reverse_path) envelope.reverse_path = smtp::to_text(*mail->reverse_path);
        envelope.body = mail->body.value_or(smtp::BodyType::SevenBit);
        envelope.smtputf8 = mail->smtputf8 || (mail->reverse_path && mail->reverse_path->needs_smtputf8());
        envelope.ret = mail->ret;
        envelope.envelope_id = mail->envelope_id;
        has_sender_ = true;
        return {};
    }

    std::expected<void, Error> read_recipient(std::string_view line) {
        auto command = smtp::parse_command(completed_path(line, domain_));
        if (!command) return fail(Error::Code::BadRecipient, command.error().reply.text);
        const auto* rcpt = std::get_if<smtp::Rcpt>(&*command);
        if (!rcpt) return fail(Error::Code::BadRecipient);
        auto& envelope = head_.envelope.smtp;
        auto address = smtp::to_text(rcpt->forward_path);
        if (!seen_.insert(address).second) return {};
        if (seen_.size() > most_recipients) return fail(Error::Code::TooManyRecipients);
        envelope.smtputf8 = envelope.smtputf8 || rcpt->forward_path.needs_smtputf8();
        envelope.recipients.push_back({std::move(address), rcpt->original_recipient, rcpt->notify});
        return {};
    }

    std::string_view file_;
    std::string_view domain_;
    std::size_t offset_ = 0;
    std::size_t line_ = 0;
    bool has_sender_ = false;
    std::unordered_set<std::string> seen_;
    Head head_;
};

}  // namespace

std::string_view describe(Error::Code code) {
    switch (code) {
        case Error::Code::Incomplete: return "the file is not finished";
        case Error::Code::NotADrop: return "the first line is not that of a drop file";
        case Error::Code::BadLine: return "a line is out of place";
        case Error::Code::BadSender: return "the sender cannot be used";
        case Error::Code::BadRecipient: return "a recipient cannot be used";
        case Error::Code::NoRecipient: return "there is no recipient";
        case Error::Code::TooManyRecipients: return "there are too many recipients";
        case Error::Code::TooLong: return "the envelope is too long";
    }
    return "";
}

std::expected<Head, Error> parse_head(std::string_view file, std::string_view domain) {
    return Reader(file, domain).read();
}

std::string to_text(const Envelope& envelope) {
    std::string text(first_line);
    text += '\n';
    if (envelope.kind == Kind::Forward) text += "FORWARD\n";
    if (envelope.kind == Kind::List) text += "LIST\n";
    if (!envelope.name.empty()) text += fmt::format("NAME {}\n", envelope.name);
    const auto& smtp = envelope.smtp;
    text += fmt::format("MAIL FROM:<{}>{}\n", smtp.reverse_path,
                        smtp::to_text({smtp.body, smtp.smtputf8, smtp.ret, smtp.envelope_id}));
    for (const auto& recipient : smtp.recipients)
        text +=
            fmt::format("RCPT TO:<{}>{}\n", recipient.address, smtp::parameters_of(recipient, text::UnicodeForm::Utf8));
    return text + "DATA\n";
}

std::string completed(std::string_view address, std::string_view domain) {
    const auto extent = measure(address, '\0');
    return extent.has_domain || address.empty() ? std::string(address) : fmt::format("{}@{}", address, domain);
}

}  // namespace drop
