#include "autoconfig/offer.h"

#include <fmt/format.h>

#include <charconv>

#include "text/ascii.h"
#include "text/idna.h"

namespace autoconfig {
namespace {

constexpr std::size_t longest_address = 320;

std::string incoming(const Server& server) {
    return fmt::format(
        "    <incomingServer type=\"pop3\">\n"
        "      <hostname>{}</hostname>\n"
        "      <port>{}</port>\n"
        "      <socketType>{}</socketType>\n"
        "      <authentication>password-cleartext</authentication>\n"
        "      <username>%EMAILADDRESS%</username>\n"
        "    </incomingServer>\n",
        escaped(server.host), server.port, server.security == Security::Tls ? "SSL" : "STARTTLS");
}

std::string outgoing(const Server& server) {
    return fmt::format(
        "    <outgoingServer type=\"smtp\">\n"
        "      <hostname>{}</hostname>\n"
        "      <port>{}</port>\n"
        "      <socketType>{}</socketType>\n"
        "      <authentication>password-cleartext</authentication>\n"
        "      <username>%EMAILADDRESS%</username>\n"
        "    </outgoingServer>\n",
        escaped(server.host), server.port, server.security == Security::Tls ? "SSL" : "STARTTLS");
}

std::string protocol(std::string_view type, const Server& server, std::string_view address) {
    return fmt::format(
        "      <Protocol>\n"
        "        <Type>{}</Type>\n"
        "        <Server>{}</Server>\n"
        "        <Port>{}</Port>\n"
        "        <LoginName>{}</LoginName>\n"
        "        <DomainRequired>off</DomainRequired>\n"
        "        <SPA>off</SPA>\n"
        "        <SSL>on</SSL>\n"
        "        <Encryption>{}</Encryption>\n"
        "        <AuthRequired>on</AuthRequired>\n"
        "      </Protocol>\n",
        type, escaped(server.host), server.port, escaped(address), server.security == Security::Tls ? "SSL" : "TLS");
}

std::string decoded(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        unsigned octet = 0;
        if (text[i] == '%' && i + 2 < text.size() &&
            std::from_chars(text.data() + i + 1, text.data() + i + 3, octet, 16).ptr == text.data() + i + 3) {
            out += static_cast<char>(octet);
            i += 2;
        } else {
            out += text[i];
        }
    }
    return out;
}

}  // namespace

std::string escaped(std::string_view text) {
    std::string out;
    for (const char c : text) {
        switch (c) {
            case '&': out += "&amp;"; break;
            case '<': out += "&lt;"; break;
            case '>': out += "&gt;"; break;
            case '"': out += "&quot;"; break;
            case '\'': out += "&#39;"; break;
            default:
                if (text::is_graphic(c) || c == ' ') out += c;
        }
    }
    return out;
}

std::string client_config(const Offer& offer) {
    std::string text = fmt::format(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
        "<clientConfig version=\"1.1\">\n"
        "  <emailProvider id=\"{0}\">\n"
        "    <domain>{0}</domain>\n"
        "    <displayName>{0}</displayName>\n"
        "    <displayShortName>{0}</displayShortName>\n",
        escaped(offer.domain));
    for (const auto& server : offer.pop3) text += incoming(server);
    for (const auto& server : offer.submission) text += outgoing(server);
    return text + "  </emailProvider>\n</clientConfig>\n";
}

std::string autodiscover(const Offer& offer, std::string_view address) {
    std::string text =
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"
        "<Autodiscover xmlns=\"http://schemas.microsoft.com/exchange/autodiscover/responseschema/2006\">\n"
        "  <Response xmlns=\"http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a\">\n"
        "    <Account>\n"
        "      <AccountType>email</AccountType>\n"
        "      <Action>settings</Action>\n";
    for (const auto& server : offer.pop3) text += protocol("POP3", server, address);
    for (const auto& server : offer.submission) text += protocol("SMTP", server, address);
    return text + "    </Account>\n  </Response>\n</Autodiscover>\n";
}

std::string address_in_request(std::string_view document) {
    constexpr std::string_view opening = "<EMailAddress>", closing = "</EMailAddress>";
    const auto begin = document.find(opening);
    if (begin == std::string_view::npos) return {};
    document.remove_prefix(begin + opening.size());
    const auto end = document.find(closing);
    if (end == std::string_view::npos || end > longest_address) return {};
    return std::string(document.substr(0, end));
}

std::optional<std::string> address_in_query(std::string_view query) {
    constexpr std::string_view name = "emailaddress=";
    while (!query.empty()) {
        const auto one = query.substr(0, query.find('&'));
        if (text::equal_ignoring_case(one.substr(0, name.size()), name)) {
            const auto value = one.substr(name.size());
            return value.size() <= 3 * longest_address ? decoded(value) : std::string();
        }
        query.remove_prefix(std::min(one.size() + 1, query.size()));
    }
    return std::nullopt;
}

std::optional<std::string> domain_of(std::string_view address) {
    const auto at = address.rfind('@');
    if (at == std::string_view::npos || at == 0 || address.size() > longest_address) return std::nullopt;
    const auto domain = text::to_a_labels(address.substr(at + 1));
    if (!domain || !domain->contains('.')) return std::nullopt;
    return *domain;
}

}  // namespace autoconfig
