#include "acme/resources.h"

#include "acme/times.h"
#include "fuzz.h"
#include "url/url.h"

namespace {

void check_address(const std::string& address) {
    const auto read = url::parse(address);
    VERIFY(read && read->scheme == "https");
}

}  // namespace

// Whatever a server sends: what is taken has addresses of HTTPS, tokens that can stand in a path, and bounds.
FUZZ(input) {
    if (const auto directory = acme::parse_directory(input))
        for (const auto* address :
             {&directory->new_nonce, &directory->new_account, &directory->new_order, &directory->revoke_certificate})
            check_address(*address);
    if (const auto order = acme::parse_order(input)) {
        check_address(order->finalize);
        for (const auto& address : order->authorizations) check_address(address);
        VERIFY(order->authorizations.size() <= acme::most_identifiers);
        VERIFY(order->status != acme::Status::Valid || !order->certificate.empty());
    }
    if (const auto authorization = acme::parse_authorization(input))
        for (const auto& challenge : authorization->challenges) {
            check_address(challenge.url);
            VERIFY(acme::is_nonce(challenge.token));  // the same alphabet
        }
    if (const auto chain = acme::parse_chain(input)) VERIFY(!chain->empty());
    (void)acme::parse_account(input);
    (void)acme::parse_problem(input);
    if (const auto wait = acme::parse_retry_after(input, std::chrono::sys_seconds(std::chrono::seconds(1'800'000'000))))
        VERIFY(*wait >= std::chrono::seconds(0) && *wait <= acme::longest_retry_after);
}
