// One function for each command, in the order of RFC 1939 and its extensions.

#include <algorithm>
#include <utility>

#include "pop3/conversation.h"
#include "text/ascii.h"

namespace pop3 {
namespace {

constexpr std::string_view not_in_the_clear =
    "no passwords without TLS: say STLS first, or connect to the port for TLS";

std::string joined(const std::vector<std::string>& words) {
    std::string all;
    for (const auto& word : words) all += " " + word;
    return all;
}

}  // namespace

Step Conversation::first_log_in() { return refuse(err("log in first")); }

// ---- AUTHORIZATION

// RFC 8314 §3: refused before the password is sent.
Step Conversation::handle(User& user) {
    if (is_logged_in()) return refuse(err("you are logged in"));
    if (!settings_.logins.password) return refuse(err(std::string(not_in_the_clear), "AUTH"));
    user_ = std::move(user.name);
    return Say{ok("and your password?").wire()};  // whether there is such a user is not told (RFC 1939 §13)
}

Step Conversation::handle(Pass& pass) {
    if (is_logged_in()) return refuse(err("you are logged in"));
    if (!settings_.logins.password) return refuse(err(std::string(not_in_the_clear), "AUTH"));
    if (!user_) return refuse(err("USER first"));
    return AskPassword{std::move(*std::exchange(user_, std::nullopt)), std::move(pass.password)};
}

// RFC 1939 §7: without a challenge in the greeting no client has a reason to try; and it is good for one try.
Step Conversation::handle(Apop& apop) {
    if (is_logged_in()) return refuse(err("you are logged in"));
    if (!std::exchange(has_challenge_, false)) return refuse(err("APOP is not offered here; use AUTH or USER"));
    user_.reset();
    return AskApop{std::move(apop.name), std::move(apop.digest)};
}

// RFC 5034 §4
Step Conversation::handle(Auth& auth) {
    if (is_logged_in()) return refuse(err("you are logged in"));
    const auto& known = settings_.logins.mechanisms;
    if (auth.mechanism.empty()) return Say{multiline(ok("mechanisms follow"), known)};
    user_.reset();
    if (std::ranges::find(known, auth.mechanism) == known.end()) {
        if (!has_tls_ && settings_.offers_tls) return refuse(err(std::string(not_in_the_clear), "AUTH"));
        return refuse(err("no such mechanism here"));
    }
    return AskMechanism{std::move(auth.mechanism), std::move(auth.initial_response)};
}

// RFC 2449 §5, §6
std::vector<std::string> Conversation::capabilities() const {
    std::vector<std::string> lines{"TOP",        "UIDL",         "RESP-CODES", "AUTH-RESP-CODE",
                                   "PIPELINING", "EXPIRE NEVER", "UTF8",       "LANG"};
    if (settings_.logins.password) lines.push_back("USER");
    if (!settings_.logins.mechanisms.empty()) lines.push_back("SASL" + joined(settings_.logins.mechanisms));
    if (settings_.offers_tls && !is_logged_in()) lines.push_back("STLS");
    if (is_logged_in()) lines.push_back("IMPLEMENTATION Hermod");  // §6.9: strangers need not know
    return lines;
}

Step Conversation::handle(Capa&) { return Say{multiline(ok("capabilities follow"), capabilities())}; }

// RFC 2595 §4; RFC 6856 §2.1: not behind UTF8.
Step Conversation::handle(Stls&) {
    if (is_logged_in()) return refuse(err("STLS comes before the login"));
    if (has_tls_) return refuse(err("this is TLS already"));
    if (!settings_.offers_tls) return refuse(err("TLS is not offered here"));
    if (is_utf8_) return refuse(err("STLS comes before UTF8"));
    return StartTls{ok("begin TLS")};
}

// RFC 6856 §2. What is kept is sent as it is, in either mode. In the wild: readers that never say UTF8 show such
// headers all the same, and one that cannot is helped by no refusal.
Step Conversation::handle(Utf8&) {
    if (is_logged_in()) return refuse(err("UTF8 comes before the login"));
    is_utf8_ = true;
    return Say{ok("UTF8").wire()};
}

// RFC 6856 §3
Step Conversation::handle(Lang& lang) {
    if (lang.tag.empty()) return Say{multiline(ok("languages follow"), {"en English"})};
    const auto primary = std::string_view(lang.tag).substr(0, lang.tag.find('-'));
    if (lang.tag == "*" || text::equal_ignoring_case(primary, "en")) return Say{ok("en English").wire()};
    return refuse(err("only English"));
}

// ---- TRANSACTION

Step Conversation::handle(Stat&) {
    if (!is_logged_in()) return first_log_in();
    about_ = About::Stat;
    return AskCount{};
}

Step Conversation::listing(AskOne::What what, std::optional<std::uint32_t> message) {
    if (!is_logged_in()) return first_log_in();
    if (!message) return SendAll{ok("they follow"), what};
    if (!is_there(*message)) return Say{refusal(Reach::Absent).wire()};
    about_ = About::Listing;
    asked_about_ = *message;
    return AskOne{what, *message};
}

Step Conversation::handle(List& list) { return listing(AskOne::What::Size, list.message); }
Step Conversation::handle(Uidl& uidl) { return listing(AskOne::What::UniqueId, uidl.message); }

Step Conversation::handle(Retr& retr) {
    if (!is_logged_in()) return first_log_in();
    if (!is_there(retr.message)) return Say{refusal(Reach::Absent).wire()};
    asked_about_ = retr.message;
    body_lines_.reset();
    return AskMessage{retr.message, std::nullopt};
}

Step Conversation::handle(Top& top) {
    if (!is_logged_in()) return first_log_in();
    if (!is_there(top.message)) return Say{refusal(Reach::Absent).wire()};
    asked_about_ = top.message;
    body_lines_ = top.lines;
    return AskMessage{top.message, top.lines};
}

Step Conversation::handle(Dele& dele) {
    if (!is_logged_in()) return first_log_in();
    if (!is_there(dele.message)) return Say{refusal(Reach::Absent).wire()};
    about_ = About::Mark;
    asked_about_ = dele.message;
    return AskMark{dele.message};
}

Step Conversation::handle(Noop&) {
    if (!is_logged_in()) return first_log_in();
    return Say{ok("nothing done").wire()};
}

Step Conversation::handle(Rset&) {
    if (!is_logged_in()) return first_log_in();
    about_ = About::Unmark;
    return AskUnmark{};
}

// RFC 1081: the highest number that was retrieved or deleted in this session.
Step Conversation::handle(Last&) {
    if (!is_logged_in()) return first_log_in();
    return Say{ok(std::to_string(last_)).wire()};
}

Step Conversation::handle(Quit&) {
    if (is_logged_in()) {
        about_ = About::Update;
        return AskUpdate{};
    }
    state_ = State::Over;
    return HangUp{ok("goodbye")};
}

}  // namespace pop3
