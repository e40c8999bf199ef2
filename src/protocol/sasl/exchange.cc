#include "sasl/exchange.h"

#include <utility>

#include "lang/verify.h"
#include "sasl/exchanges.h"

namespace sasl {

Step Exchange::start(std::optional<std::string_view> initial) {
    if (!initial) return Challenge{greeting()};
    if (!may_begin()) return malformed();  // RFC 4954 §4: 501
    static_cast<void>(greeting());
    return on_response(*initial);
}

Step Exchange::on_response(std::string_view response) { return respond(response); }
Step Exchange::on_answer(const Answer& answer) { return decide(answer); }

/// The end of most mechanisms.
Step Exchange::judge(const Answer& answer) {
    const auto* verdict = std::get_if<Verdict>(&answer);
    VERIFY(verdict);
    if (!verdict->is_good) return rejected();
    return Success{user_.empty() ? verdict->user : user_};
}

std::unique_ptr<Exchange> make_exchange(Mechanism mechanism, Circumstances circumstances) {
    switch (mechanism) {
        case Mechanism::ScramSha256Plus:
        case Mechanism::ScramSha256:
        case Mechanism::ScramSha1Plus:
        case Mechanism::ScramSha1:
            return std::make_unique<ScramExchange>(*scram_digest(mechanism), binds_channel(mechanism),
                                                   std::move(circumstances));
        case Mechanism::External: return std::make_unique<ExternalExchange>(std::move(circumstances));
        case Mechanism::OauthBearer: return std::make_unique<BearerExchange>(BearerExchange::Form::OauthBearer);
        case Mechanism::Xoauth2: return std::make_unique<BearerExchange>(BearerExchange::Form::Xoauth2);
        case Mechanism::CramMd5:
            return std::make_unique<CramExchange>(CramExchange::Form::CramMd5, std::move(circumstances));
        case Mechanism::Apop: return std::make_unique<CramExchange>(CramExchange::Form::Apop, std::move(circumstances));
        case Mechanism::Plain: return std::make_unique<PlainExchange>();
        case Mechanism::Login: return std::make_unique<LoginExchange>();
    }
    std::unreachable();
}

}  // namespace sasl
