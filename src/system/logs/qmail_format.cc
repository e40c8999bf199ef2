#include "logs/qmail_format.h"

#include <fmt/format.h>
#include <unistd.h>

#include <iterator>

#include "logs/stamp.h"
#include "logs/text_format.h"

namespace logs {
namespace {

constexpr std::int64_t recipients_in_attempt = 64;
constexpr std::string_view too_long_in_queue =
    "I'm not going to try again; this message has been in the queue too long.\n";

// As qmail-send makes a delivery's text fit for one word of one line.
std::string one_word(std::string_view text) {
    std::string word(text.substr(0, 1000));
    for (char& c : word) {
        if (c == ' ' || c == '\t')
            c = '_';
        else if (c == '\n')
            c = '/';
        else if (c < '!' || c > '~')
            c = '?';
    }
    return word;
}

// Addresses: a blank would end the word, and nothing may end the line.
std::string safe(std::string_view text) {
    std::string word(text.substr(0, 1000));
    for (char& c : word)
        if (c < '!' || c > '~') c = '?';
    return word;
}

// "192.0.2.1" out of "mx.example.net[192.0.2.1]:25".
std::string_view address_in(std::string_view remote) {
    const std::size_t open = remote.find('[');
    const std::size_t close = remote.find(']');
    if (open == std::string_view::npos || close == std::string_view::npos || close < open) return remote;
    return remote.substr(open + 1, close - open - 1);
}

class Lines {
public:
    Lines(std::string& out, const Entry& entry, QmailState& state, const QmailServer& server, Stamps stamps)
        : out_(out), entry_(entry), state_(state), server_(server), stamps_(stamps) {}

    void write() {
        switch (entry_.event) {
            case Event::Connected: return connected();
            case Event::ConnectionRefused: return refused();
            case Event::Disconnected: return disconnected();
            case Event::Rejected: return rejected();
            case Event::Accepted: return accepted();
            case Event::AttemptStarted: return started();
            case Event::Delivered:
            case Event::Relayed: return ended("success");
            case Event::Deferred: return ended("deferral");
            case Event::Failed:
            case Event::Expired: return ended("failure");
            case Event::Bounced: return line("bounce msg {} qp {}", entry_.id, ::getpid());
            case Event::BounceDropped: return line("triple bounce: discarding bounce/{}", entry_.id);
            case Event::Removed:
            case Event::Deleted: return line("end msg {}", entry_.id);
            case Event::Stopped: return line("status: exiting");
            default: return others();
        }
    }

private:
    template <typename... Values>
    void line(fmt::format_string<Values...> format, Values&&... values) {
        if (stamps_ == Stamps::Tai64n) append_tai64n(out_, entry_.time);
        fmt::format_to(std::back_inserter(out_), format, std::forward<Values>(values)...);
        out_ += '\n';
    }

    void accepted() {
        line("new msg {}", entry_.id);
        line("info msg {}: bytes {} from <{}> qp {} uid {}", entry_.id, entry_.number("size"),
             safe(entry_.text("from")), ::getpid(), entry_.number("uid"));
    }

    std::int64_t delivery() const {
        return entry_.number("attempt") * recipients_in_attempt + entry_.number("recipient");
    }

    void started() {
        const bool is_local = entry_.text("transport") == "local";
        (is_local ? state_.local : state_.remote).insert(delivery());
        line("starting delivery {}: msg {} to {} {}", delivery(), entry_.id, is_local ? "local" : "remote",
             safe(entry_.text("to")));
        status();
    }

    void ended(std::string_view how) {
        if (entry_.number("attempt") == 0) return;  // decided without trying: qmail has no line for that
        if (state_.local.erase(delivery()) == 0) state_.remote.erase(delivery());
        line("delivery {}: {}: {}", delivery(), how, one_word(delivery_text(how)));
        status();
    }

    std::string delivery_text(std::string_view how) const {
        const std::string_view remote = address_in(entry_.text("remote"));
        const std::string_view reply = entry_.text("reply");
        const std::string_view end = entry_.event == Event::Expired ? too_long_in_queue : "";
        if (remote.empty()) return how == "success" ? "did 1+0+0\n" : fmt::format("{}\n{}", reply, end);
        if (how == "success") return fmt::format("{} accepted message.\nRemote host said: {}\n", remote, reply);
        return fmt::format("{} does not like recipient.\nRemote host said: {}\nGiving up on {}.\n{}", remote, reply,
                           remote, end);
    }

    void status() {
        line("status: local {}/{} remote {}/{}", state_.local.size(), server_.local, state_.remote.size(),
             server_.remote);
    }

    void connection_status() { line("tcpserver: status: {}/{}", state_.connections, server_.connections); }

    // "tcpserver: ok P lhost:lip:lport rhost:rip:info:rport"
    void connection(std::string_view verdict) {
        const std::string_view local = entry_.text("local");
        line("tcpserver: pid {} from {}", entry_.number("port"), safe(entry_.text("client")));
        line("tcpserver: {} {} {}:{} {}:{}::{}", verdict, entry_.number("port"), safe(server_.hostname),
             local.empty() ? ":" : safe(local), safe(entry_.text("name")), safe(entry_.text("client")),
             entry_.number("port"));
    }

    void connected() {
        ++state_.connections;
        connection_status();
        connection("ok");
    }

    void refused() { connection("deny"); }

    void disconnected() {
        if (state_.connections > 0) --state_.connections;
        line("tcpserver: end {} status 0", entry_.number("port"));
        connection_status();
    }

    // The form that s/qmail's analysers count: Action::Type::Condition S:IP:FQDN P:proto H:helo F:from T:to.
    void rejected() {
        line("qmail-smtpd: pid {} Reject::{}::{} S:{}:{} P:{} H:{} F:{} T:{}", entry_.number("port"), type(),
             condition(), safe(entry_.text("client")), safe(entry_.text("name")), safe(entry_.text("protocol")),
             safe(entry_.text("helo")), safe(entry_.text("from")), safe(entry_.text("to")));
    }

    std::string_view type() const {
        const std::string_view phase = entry_.text("phase");
        if (phase == "MAIL") return "SNDR";
        return phase == "RCPT" ? "RCPT" : "DATA";
    }

    std::string_view condition() const {
        const std::string_view reason = entry_.text("reason");
        if (reason.starts_with("5.1.1")) return "Failed_Rcptto";
        if (reason.starts_with("5.7.1")) return "Invalid_Relay";
        if (reason.starts_with("4.5.3")) return "Toomany_Rcptto";
        if (reason.starts_with("5.3.4")) return "Invalid_Size";
        return "Fail";
    }

    void others() {
        const Severity severity = about(entry_.event).severity;
        if (severity == Severity::Notice) return;
        std::string sentence;
        append_sentence(sentence, entry_);
        line("{}: {}", severity == Severity::Alert ? "alert" : "warning", sentence);
    }

    std::string& out_;
    const Entry& entry_;
    QmailState& state_;
    const QmailServer& server_;
    Stamps stamps_;
};

}  // namespace

void append_qmail(std::string& out, const Entry& entry, QmailState& state, const QmailServer& server, Stamps stamps) {
    Lines(out, entry, state, server, stamps).write();
}

}  // namespace logs
