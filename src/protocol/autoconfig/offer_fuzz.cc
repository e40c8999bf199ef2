#include "autoconfig/offer.h"

#include <algorithm>

#include "fuzz.h"

// Whatever strangers ask for, the documents have the same elements, and nothing but text of one line in them.
FUZZ(text) {
    const autoconfig::Offer offer{.domain = std::string(text),
                                  .pop3 = {{"mx.example.org", 995, autoconfig::Security::Tls}},
                                  .submission = {{std::string(text), 587, autoconfig::Security::StartTls}}};
    const autoconfig::Offer plain{
        .domain = "d", .pop3 = offer.pop3, .submission = {{"h", 587, autoconfig::Security::StartTls}}};
    const auto elements = [](const std::string& document) { return std::ranges::count(document, '<'); };
    VERIFY(elements(autoconfig::client_config(offer)) == elements(autoconfig::client_config(plain)));
    const auto asked = autoconfig::address_in_request(text) + autoconfig::address_in_query(text).value_or("");
    VERIFY(elements(autoconfig::autodiscover(offer, asked)) == elements(autoconfig::autodiscover(plain, "a")));
    const auto domain = autoconfig::domain_of(asked);
    if (domain) VERIFY(autoconfig::escaped(*domain) == *domain);
}
