#pragma once
// What mail programs ask a domain's server before anybody has typed a port: which servers there are for an address. The
// two documents that are in use: Thunderbird's config-v1.1.xml, which many others read, and Outlook's answer to
// Autodiscover (schemas 2006 and 2006a), as far as it concerns POP3 and SMTP.
//
// Pure. Hostile: addresses and domains come from strangers; nothing stands in a document but as text.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace autoconfig {

enum class Security : std::uint8_t { StartTls, Tls };  // passwords in the clear are nothing to propose

struct Server {
    std::string host;
    std::uint16_t port = 0;
    Security security = Security::Tls;
    bool operator==(const Server&) const = default;
};

struct Offer {
    std::string domain;
    std::vector<Server> pop3;
    std::vector<Server> submission;
};

/// Thunderbird's. Programs take the first that suits them, so the servers stand in the order given.
std::string client_config(const Offer& offer);
/// Outlook's, for this address.
std::string autodiscover(const Offer& offer, std::string_view address);

/// Whom Outlook asks for. Empty: it does not say.
std::string address_in_request(std::string_view document);
/// "emailaddress=ann%40example.org": the value, decoded. Absent: there is none.
std::optional<std::string> address_in_query(std::string_view query);
/// What stands behind the last @, in A-labels. Absent: that is no domain.
std::optional<std::string> domain_of(std::string_view address);

/// Text that XML reads as itself; what it cannot contain is left out.
std::string escaped(std::string_view text);

}  // namespace autoconfig
