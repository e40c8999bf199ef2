#include "smtp/parameters.h"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <string>
#include <utility>

#include "smtp/limits.h"
#include "text/ascii.h"
#include "text/cursor.h"
#include "text/utf8.h"
#include "text/xtext.h"

namespace smtp {
namespace {

using text::Cursor;
using text::equal_ignoring_case;

/// A parameter that the command knows: reads the value into it, or says that it cannot be one.
template <typename Command>
struct Parameter {
    std::string_view name;
    bool (*read)(std::optional<std::string_view> value, Command& command);
};

bool is_value_octet(char c) { return (text::is_graphic(c) && c != '=') || text::is_8bit(c); }

// SIZE=1*20DIGIT                                                                  RFC 1870 §4
bool read_size(std::optional<std::string_view> value, Mail& mail) {
    if (!value || !std::ranges::all_of(*value, text::is_digit)) return false;
    std::uint64_t size = 0;
    const auto [end, error] = std::from_chars(value->data(), value->data() + value->size(), size);
    if (error != std::errc()) return false;
    mail.size = size;
    return true;
}

// BODY=( "7BIT" / "8BITMIME" / "BINARYMIME" )                                     RFC 6152 §2, RFC 3030 §3
bool read_body(std::optional<std::string_view> value, Mail& mail) {
    if (!value) return false;
    if (equal_ignoring_case(*value, "7BIT")) mail.body = BodyType::SevenBit;
    if (equal_ignoring_case(*value, "8BITMIME")) mail.body = BodyType::EightBitMime;
    if (equal_ignoring_case(*value, "BINARYMIME")) mail.body = BodyType::BinaryMime;
    return mail.body.has_value();
}

// SMTPUTF8, without a value                                                       RFC 6531 §3.4
bool read_smtputf8(std::optional<std::string_view> value, Mail& mail) {
    mail.smtputf8 = true;
    return !value;
}

// RET=( "FULL" / "HDRS" )                                                         RFC 3461 §4.3
bool read_ret(std::optional<std::string_view> value, Mail& mail) {
    if (!value) return false;
    if (equal_ignoring_case(*value, "FULL")) mail.ret = Return::Full;
    if (equal_ignoring_case(*value, "HDRS")) mail.ret = Return::Headers;
    return mail.ret != Return::Unspecified;
}

// ENVID=xtext, of printable ASCII                                                 RFC 3461 §4.4
bool read_envelope_id(std::optional<std::string_view> value, Mail& mail) {
    if (!value || value->empty() || value->size() > longest_encoded_envelope_id) return false;
    auto decoded = text::parse_xtext(*value);
    if (!decoded || decoded->size() > longest_envelope_id || !std::ranges::all_of(*decoded, text::is_printable))
        return false;
    mail.envelope_id = std::move(*decoded);
    return true;
}

// AUTH=( "<>" / xtext )                                                           RFC 4954 §5
bool read_auth(std::optional<std::string_view> value, Mail& mail) {
    mail.has_auth = true;
    if (!value || value->empty() || value->size() > longest_auth_parameter) return false;
    if (*value == "<>") return true;
    const auto decoded = text::parse_xtext(*value);
    return decoded && text::is_utf8(*decoded) && std::ranges::none_of(*decoded, text::is_control);
}

// HOLDFOR=1*9DIGIT                                                                RFC 4865
bool read_hold_for(std::optional<std::string_view> value, Mail& mail) {
    constexpr std::size_t most_digits = 9;
    if (!value || value->empty() || value->size() > most_digits || !std::ranges::all_of(*value, text::is_digit))
        return false;
    std::from_chars(value->data(), value->data() + value->size(), mail.hold_for.emplace().seconds);
    return true;
}

// HOLDUNTIL=date-time                                                             RFC 4865
bool read_hold_until(std::optional<std::string_view> value, Mail& mail) {
    const auto time = value ? parse_date_time(*value) : std::nullopt;
    if (time) mail.hold_until = HoldUntil{*time};
    return time.has_value();
}

std::uint8_t notify_bit(std::string_view word) {
    if (equal_ignoring_case(word, "SUCCESS")) return notify_success;
    if (equal_ignoring_case(word, "FAILURE")) return notify_failure;
    if (equal_ignoring_case(word, "DELAY")) return notify_delay;
    return notify_unspecified;
}

// NOTIFY=( "NEVER" / 1#( "SUCCESS" / "FAILURE" / "DELAY" ) )                      RFC 3461 §4.1
bool read_notify(std::optional<std::string_view> value, Rcpt& rcpt) {
    if (!value) return false;
    if (equal_ignoring_case(*value, "NEVER")) {
        rcpt.notify = notify_never;
        return true;
    }
    Cursor in(*value);
    do {
        const auto bit = notify_bit(in.take_while(text::is_letter));
        if (bit == notify_unspecified) return false;
        rcpt.notify |= bit;
    } while (in.take(','));
    return in.at_end();
}

std::optional<std::string> decode_original(std::string_view type, std::string_view address) {
    if (equal_ignoring_case(type, "utf-8")) return text::parse_unitext(address);  // RFC 6533 §3
    auto decoded = text::parse_xtext(address);
    if (decoded && !std::ranges::all_of(*decoded, text::is_printable)) decoded.reset();
    return decoded;
}

// ORCPT=addr-type ";" xtext                                                       RFC 3461 §4.2
bool read_original_recipient(std::optional<std::string_view> value, Rcpt& rcpt) {
    if (!value || value->size() > longest_original_recipient) return false;
    Cursor in(*value);
    const auto type = in.take_while([](char c) { return text::is_alphanumeric(c) || c == '-'; });
    if (type.empty() || !in.take(';') || in.at_end()) return false;
    const auto decoded = decode_original(type, in.rest());
    if (!decoded || decoded->empty() || !text::is_utf8(*decoded)) return false;
    if (std::ranges::any_of(*decoded, text::is_control)) return false;
    rcpt.original_recipient = text::lower(type) + ";" + *decoded;
    return true;
}

constexpr Parameter<Mail> mail_parameters[] = {
    {"SIZE", read_size},         {"BODY", read_body}, {"SMTPUTF8", read_smtputf8}, {"RET", read_ret},
    {"ENVID", read_envelope_id}, {"AUTH", read_auth}, {"HOLDFOR", read_hold_for},  {"HOLDUNTIL", read_hold_until},
};
constexpr Parameter<Rcpt> rcpt_parameters[] = {
    {"NOTIFY", read_notify},
    {"ORCPT", read_original_recipient},
};

Reply bad_parameter(std::string_view name) {
    return {501, "5.5.4", "The value of this parameter is wrong, or given twice: " + std::string(name)};
}

// esmtp-param = esmtp-keyword ["=" esmtp-value]                                   RFC 5321 §4.1.2
template <typename Command, std::size_t count>
std::optional<Reply> read(std::string_view text, const Parameter<Command> (&known)[count], Command& command) {
    Cursor in(text);
    bool is_given[count] = {};
    for (in.take_while(text::is_blank); !in.at_end(); in.take_while(text::is_blank)) {
        const auto name = in.take_while([](char c) { return text::is_alphanumeric(c) || c == '-'; });
        if (name.empty()) return Reply{501, "5.5.4", "This is no parameter"};
        std::optional<std::string_view> value;
        if (in.take('=')) value = in.take_while(is_value_octet);
        if (!in.at_end() && !text::is_blank(in.peek())) return Reply{501, "5.5.4", "This is no parameter"};
        const auto* found = std::ranges::find_if(
            known, [&](const auto& parameter) { return equal_ignoring_case(parameter.name, name); });
        if (found == std::end(known)) return Reply{555, "5.5.4", "This parameter is not offered"};
        auto& given = is_given[found - known];
        if (std::exchange(given, true) || !found->read(value, command)) return bad_parameter(found->name);
    }
    return std::nullopt;
}

std::string_view body_text(BodyType body) {
    switch (body) {
        case BodyType::SevenBit: return "";
        case BodyType::EightBitMime: return " BODY=8BITMIME";
        case BodyType::BinaryMime: return " BODY=BINARYMIME";
    }
    std::unreachable();
}

std::string_view return_text(Return ret) {
    switch (ret) {
        case Return::Unspecified: return "";
        case Return::Full: return " RET=FULL";
        case Return::Headers: return " RET=HDRS";
    }
    std::unreachable();
}

std::string notify_text(std::uint8_t notify) {
    if (notify & notify_never) return " NOTIFY=NEVER";
    std::string words;
    if (notify & notify_success) words += ",SUCCESS";
    if (notify & notify_failure) words += ",FAILURE";
    if (notify & notify_delay) words += ",DELAY";
    return words.empty() ? words : " NOTIFY=" + words.substr(1);
}

// The type is bare, the address encoded: RFC 3461 §4.2, RFC 6533 §3.
std::string original_recipient_text(std::string_view original, text::UnicodeForm form) {
    const auto semicolon = original.find(';');
    if (semicolon == original.npos) return {};
    const auto address = original.substr(semicolon + 1);
    const bool is_unicode = equal_ignoring_case(original.substr(0, semicolon), "utf-8");
    auto value = std::string(original.substr(0, semicolon + 1));
    value += is_unicode ? text::to_unitext(address, form) : text::to_xtext(address);
    return value.size() > longest_original_recipient ? std::string() : " ORCPT=" + value;
}

}  // namespace

std::string to_text(const MailParameters& parameters) {
    std::string text(body_text(parameters.body));
    if (parameters.smtputf8) text += " SMTPUTF8";
    text += return_text(parameters.ret);
    if (!parameters.envelope_id.empty()) text += " ENVID=" + text::to_xtext(parameters.envelope_id);
    return text;
}

std::string parameters_of(const Recipient& recipient, text::UnicodeForm form) {
    return notify_text(recipient.notify) + original_recipient_text(recipient.original_recipient, form);
}

std::optional<Reply> read_parameters(std::string_view text, Mail& mail) { return read(text, mail_parameters, mail); }
std::optional<Reply> read_parameters(std::string_view text, Rcpt& rcpt) { return read(text, rcpt_parameters, rcpt); }

}  // namespace smtp
