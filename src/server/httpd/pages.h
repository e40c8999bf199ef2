#pragma once
// Everything that is served: what mail programs ask of a domain's servers, and what acmed has shown. No sockets here.
//
// Only domains of ours are told of; directory knows them. Hostile: the path, its query and the field Host are a
// stranger's, and stand nowhere but as the text of a domain that is ours, or of the address that was asked for.

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "autoconfig/offer.h"
#include "http/server.h"
#include "httpd/config.h"
#include "httpd/inbox.h"

namespace httpd {

/// The servers that [[listen]] has for people's mail programs; those without encryption are left out.
autoconfig::Offer offer_of(const Config& config, bool has_certificate);

class Pages {
public:
    enum class Ours : std::uint8_t { Yes, No, Unknown };
    using IsOurs = std::function<net::Task<Ours>(std::string domain)>;
    explicit Pages(IsOurs is_ours) : is_ours_(std::move(is_ours)) {}

    void use(autoconfig::Offer offer) { offer_ = std::move(offer); }
    void take(FromAcmed message);
    /// acmed is another: its predecessor's proofs are of no use.
    void forget_proofs() { proofs_.clear(); }
    /// A whole response.
    net::Task<std::string> answer(http::Asked asked);

private:
    static constexpr std::size_t most_proofs = 1000;

    net::Task<std::string> configure(http::Asked asked, std::string address, bool is_outlook);

    IsOurs is_ours_;
    autoconfig::Offer offer_;
    std::map<std::string, std::string, std::less<>> proofs_;  // by token
};

}  // namespace httpd
