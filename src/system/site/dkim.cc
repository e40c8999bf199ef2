#include "site/dkim.h"

#include <fmt/format.h>

#include <algorithm>

#include "dkim/canonical.h"
#include "dkim/signature.h"
#include "mime/header.h"
#include "text/ascii.h"
#include "text/idna.h"

namespace site {
namespace {

// What every server on the way adds or changes (RFC 6376 §5.4).
constexpr auto never_signed = std::to_array<std::string_view>(
    {"received", "return-path", "delivered-to", "dkim-signature", "authentication-results", "received-spf", "arc-seal",
     "arc-message-signature", "arc-authentication-results", "bcc", "comments", "keywords"});

constexpr int most_rounds = 20;  // of keys that sign no more, with two keys each; signing_keys::most_keys is the end

std::string_view domain_of(std::string_view address) {
    const auto at = address.rfind('@');
    return at == std::string_view::npos ? address : address.substr(at + 1);
}

/// As domains are compared; empty: it is none.
std::string canonical(std::string_view domain) { return text::to_a_labels(domain).value_or(""); }

bool matches(std::string_view pattern, std::string_view local, std::string_view domain) {
    if (pattern == "*") return true;
    if (const auto at = pattern.rfind('@'); at != std::string_view::npos)
        return text::equal_ignoring_case(pattern.substr(0, at), local) && canonical(pattern.substr(at + 1)) == domain;
    if (!pattern.starts_with('.')) return canonical(pattern) == domain;
    const auto above = canonical(pattern.substr(1));
    return domain != above && dkim::is_in_domain(domain, above);
}

bool has_key(const Dkim& dkim, std::string_view domain) {
    return std::ranges::any_of(dkim.known, [&](const DkimKey& key) { return key.signs && key.domain == domain; });
}

std::vector<std::string> from_table(const Dkim& dkim, std::string_view local, const std::string& domain) {
    for (const auto& row : dkim.senders)
        if (matches(row.from, local, domain)) {
            std::vector<std::string> domains;
            for (const auto& one : row.domains) domains.push_back(canonical(one));
            return domains;
        }
    for (std::string_view above = domain; above.contains('.'); above.remove_prefix(above.find('.') + 1))
        if (has_key(dkim, above)) return {std::string(above)};
    return {};
}

}  // namespace

std::string dkim_domain_flaw(const std::string& domain) {
    return dkim::is_domain(canonical(domain)) ? "" : "write a domain, such as \"example.org\"";
}

std::string dkim_domain_or_empty_flaw(const std::string& domain) {
    return domain.empty() ? "" : dkim_domain_flaw(domain);
}

std::string dkim_domains_flaw(const std::vector<std::string>& domains) {
    for (const auto& domain : domains)
        if (auto flaw = dkim_domain_flaw(domain); !flaw.empty()) return flaw;
    return domains.size() > 5 ? "no more than five signatures of a kind are made" : "";
}

std::string dkim_selector_flaw(const std::string& selector) {
    return dkim::is_domain(selector + "._domainkey") && selector.size() <= 63
               ? ""
               : "write letters, digits and hyphens, such as \"mail2026\"";
}

std::string dkim_sender_flaw(const std::string& pattern) {
    const auto at = pattern.rfind('@');
    if (at == std::string::npos) return domain_pattern_flaw(pattern);
    return at > 0 && !canonical(pattern.substr(at + 1)).empty()
               ? ""
               : "write \"news@example.org\", \"example.org\", \".example.org\" or \"*\"";
}

std::string canonicalization_flaw(const std::string& text) {
    return dkim::parse_canonicalizations(text) ? "" : "write simple or relaxed for each, as in \"relaxed/simple\"";
}

std::string dkim_fields_flaw(const std::vector<std::string>& names) {
    for (const auto& name : names) {
        if (!mime::is_field_name(name) || name.contains(';')) return "write names of header fields";
        if (std::ranges::find(never_signed, text::lower(name)) != never_signed.end())
            return name + " changes on the way, and would break the signature";
    }
    return names.size() > 100 ? "no more than a hundred are signed" : "";
}

std::string flaw(const Dkim& dkim) {
    if (dkim.expiry.count() > 0 && dkim.keep < dkim.expiry)
        return "keeps keys in the DNS for a shorter time (keep) than its signatures are good (expiry)";
    if (dkim.rotate.count() > 0 && dkim.rotate < std::chrono::hours(24))
        return "makes new keys (rotate) more often than every day";
    if (dkim.rotate.count() > 0 && dkim.keep > most_rounds * dkim.rotate)
        return fmt::format("keeps more than {} rounds of old keys: keep is too long, or rotate too short", most_rounds);
    return {};
}

std::string dkim_folder(const Host& host) { return below(host, "keys/dkim"); }

std::vector<std::string> signing_domains(const Dkim& dkim, std::string_view address) {
    const auto domain = canonical(domain_of(address));
    if (domain.empty()) return {};
    const auto local = address.substr(0, address.rfind('@') == std::string_view::npos ? 0 : address.rfind('@'));
    auto domains = from_table(dkim, local, domain);
    if (!dkim.always.empty()) domains.push_back(canonical(dkim.always));
    std::vector<std::string> once;
    for (auto& one : domains)
        if (std::ranges::find(once, one) == once.end()) once.push_back(std::move(one));
    return once;
}

std::vector<DkimKey> signing_keys(const Dkim& dkim, std::string_view domain) {
    std::vector<DkimKey> keys;
    for (const auto& key : dkim.known)
        if (key.signs && key.domain == domain) keys.push_back(key);
    return keys;
}

}  // namespace site
