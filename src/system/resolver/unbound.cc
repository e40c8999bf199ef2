#include "resolver/unbound.h"

#include <fmt/format.h>
#include <unbound.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <stdexcept>

#include "dns/wire.h"
#include "resolver/event_base.h"

namespace resolver {

namespace asio = boost::asio;

namespace {

constexpr int class_in = 1;  // RFC 1035 §3.2.4

/// One question under way. The timer is its deadline; cancelled, it says that the answer is there.
struct Lookup {
    Lookup(asio::io_context& context, dns::Question question_) : question(std::move(question_)), timer(context) {}

    dns::Question question;
    asio::steady_timer timer;
    std::optional<dns::Answer> answer;
    int number = 0;
};

std::string failure(int rcode, const char* why) {
    if (why && *why) return why;
    if (rcode == static_cast<int>(dns::Rcode::ServFail)) return "no name server gave an answer (SERVFAIL)";
    if (rcode == static_cast<int>(dns::Rcode::Refused)) return "the name server refuses to answer (REFUSED)";
    return fmt::format("the name server answers with error {}", rcode);
}

dns::Answer interpret(const dns::Question& question, int rcode, std::string_view packet, int security,
                      const char* why) {
    if (security == 1) return dns::bogus(why ? why : "validation failed");
    const bool is_error =
        rcode != static_cast<int>(dns::Rcode::NoError) && rcode != static_cast<int>(dns::Rcode::NxDomain);
    if (is_error || packet.empty()) return dns::failed(failure(rcode, why));
    auto answer = dns::decode_response(packet, question);
    if (!answer) return dns::failed(std::string(dns::describe(answer.error().code)));
    if (security == 2 && answer->is_usable()) answer->outcome = dns::Outcome::Secure;
    return std::move(*answer);
}

// Called by libunbound; for a cached answer before ub_resolve_event() returns. The packet is gone afterwards.
void take_answer(void* argument, int rcode, void* packet, int length, int security, char* why, int) {
    auto& lookup = *static_cast<Lookup*>(argument);
    std::string_view octets(static_cast<const char*>(packet),
                            packet && length > 0 ? static_cast<std::size_t>(length) : 0);
    lookup.answer = interpret(lookup.question, rcode, octets, security, why);
    lookup.timer.cancel();
}

void require(int error, std::string_view what) {
    if (error) throw std::runtime_error(fmt::format("libunbound: {}: {}", what, ub_strerror(error)));
}

void set_options(ub_ctx* context, const Settings& settings) {
    auto set = [context](const char* option, const std::string& value) {
        require(ub_ctx_set_option(context, option, value.c_str()), option);
    };
    set("module-config:", settings.trust_anchors.empty() ? "iterator" : "validator iterator");
    set("do-not-query-localhost:", "no");  // the administrator's resolver is often on loopback
    set("so-reuseport:", "no");
    set("num-queries-per-thread:", std::to_string(settings.most_in_flight));
    set("outgoing-range:", std::to_string(settings.most_in_flight));
    set("msg-cache-size:", std::to_string(settings.cache_octets / 3));
    set("rrset-cache-size:", std::to_string(settings.cache_octets / 3 * 2));
    set("edns-buffer-size:", "1232");  // RFC 9715: fits the path without fragments
    set("serve-expired:", "no");       // a stale TLSA or MX is worse than none
    set("val-log-level:", "2");        // the reason for Bogus
    if (!settings.forward_to.empty()) set("unblock-lan-zones:", "yes");
}

void add_trust_anchors(ub_ctx* context, std::string_view text) {
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        std::string line(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
        line.resize(std::min(line.find(';'), line.size()));
        if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
        require(ub_ctx_add_ta(context, line.c_str()), "trust anchor");
    }
}

// libunbound answers some names by itself, without asking anybody (RFC 6761, RFC 7686, RFC 8375). Where an
// administrator names a resolver, that one is to say what exists: laboratories and home networks have zones below
// these.
void forward(ub_ctx* context, const std::vector<ip::Endpoint>& servers) {
    for (const auto& server : servers) {
        const auto address = fmt::format("{}@{}", ip::to_text(server.address), server.port);
        require(ub_ctx_set_fwd(context, address.c_str()), address);
    }
}
void unshadow(ub_ctx* context) {
    for (const char* zone : {"test.", "invalid.", "onion.", "home.arpa."})
        require(ub_ctx_zone_remove(context, zone), zone);
}

}  // namespace

struct UnboundResolver::State {
    State(asio::io_context& io, const Settings& settings_) : context(io), settings(settings_), base(io) {
        unbound = ub_ctx_create_ub_event(base.get());
        if (!unbound) throw std::runtime_error("libunbound: cannot create a context");
        set_options(unbound, settings);
        add_trust_anchors(unbound, settings.trust_anchors);
        forward(unbound, settings.forward_to);
        // The first change to zones ends the time of settings, so this comes last.
        if (!settings.forward_to.empty()) unshadow(unbound);
        warm_up();
    }
    ~State() { ub_ctx_delete(unbound); }

    // Asks for a name that libunbound knows by itself: everything it opens or seeds, it does for the first question.
    void warm_up() {
        Lookup lookup(context, {*dns::parse_name("localhost"), dns::Type::A});
        require(ub_resolve_event(unbound, "localhost.", static_cast<int>(dns::Type::A), class_in, &lookup, take_answer,
                                 &lookup.number),
                "first question");
        if (!lookup.answer) ub_cancel(unbound, lookup.number);
    }

    void start(Lookup& lookup) {
        const auto name = dns::to_text(lookup.question.name);
        lookup.timer.expires_after(settings.deadline);
        const int error = ub_resolve_event(unbound, name.c_str(), static_cast<int>(lookup.question.type), class_in,
                                           &lookup, take_answer, &lookup.number);
        if (error) lookup.answer = dns::failed(ub_strerror(error));
    }

    asio::io_context& context;
    Settings settings;
    EventBase base;
    ub_ctx* unbound = nullptr;
    std::size_t in_flight = 0;
};

UnboundResolver::UnboundResolver(asio::io_context& context, const Settings& settings)
    : state_(std::make_shared<State>(context, settings)) {}
UnboundResolver::~UnboundResolver() = default;

std::size_t UnboundResolver::in_flight() const { return state_->in_flight; }

namespace {

/// However the question ends, libunbound must not answer into a lookup that is gone.
template <typename State>
struct InFlight {
    InFlight(State& state_, Lookup& lookup_) : state(state_), lookup(lookup_) { ++state.in_flight; }
    InFlight(const InFlight&) = delete;
    InFlight& operator=(const InFlight&) = delete;
    ~InFlight() {
        --state.in_flight;
        if (!lookup.answer) ub_cancel(state.unbound, lookup.number);
    }
    State& state;
    Lookup& lookup;
};

}  // namespace

net::Task<dns::Answer> UnboundResolver::ask(dns::Question question) {
    auto state = state_;
    if (state->in_flight >= state->settings.most_in_flight) co_return dns::failed("too many questions at once");
    Lookup lookup(state->context, std::move(question));
    InFlight in_flight(*state, lookup);
    state->start(lookup);
    if (!lookup.answer) co_await lookup.timer.async_wait(asio::as_tuple(asio::use_awaitable));
    if (!lookup.answer) co_return dns::failed("no answer in time");
    co_return std::move(*lookup.answer);
}

}  // namespace resolver
