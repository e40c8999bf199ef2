#include "policyd/sign.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

#include "mime/address.h"
#include "mime/apparent.h"
#include "text/ascii.h"
#include "text/hex.h"

namespace policyd {
namespace {

constexpr std::chrono::milliseconds before_another_try{100};
constexpr std::size_t most_domains = 5;  // Hostile: From may hold a thousand authors

const smtp::Reply cannot_sign(451, "4.7.0", "The message cannot be signed at the moment");
const smtp::Reply cannot_read(451, "4.3.0", "The message cannot be read at the moment");

std::string flaw(const dkim::Signer& draft, const WhyNot& why_not) {
    if (!draft.may_sign()) return "not signed: its header cannot be";
    if (auto why = why_never_signed(draft.header()); !why.empty()) return why;
    return why_not(draft.header());
}

std::string told_of(const std::vector<site::DkimKey>& keys) {
    std::string told;
    for (const auto& key : keys)
        told += fmt::format("{}{} ({})", told.empty() ? "signed for " : ", ", key.domain, key.selector);
    return told;
}

std::int64_t seconds_of(clocks::Wall time) {
    return std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
}

}  // namespace

std::string why_never_signed(const dkim::Header& header) {
    if (header.named("From").size() != 1) return "not signed: it has not one From";
    const auto may_be_from = [](const mime::Field& field) { return mime::may_be_read_as("From", field); };
    // Hostile: our signature on an author whom others read there.
    if (std::ranges::any_of(header.fields(), may_be_from))
        return "not signed: a line that is no field may be read as From";
    return {};
}

dkim::SignerSettings signer_settings(const site::Dkim& dkim, std::int64_t now) {
    dkim::SignerSettings settings;
    const auto time = static_cast<std::uint64_t>(std::max<std::int64_t>(now, 0));
    settings.canonicalizations =
        dkim::parse_canonicalizations(dkim.canonicalization).value_or(settings.canonicalizations);
    settings.timestamp = time;
    if (const auto expiry = std::chrono::seconds(dkim.expiry).count(); expiry > 0)
        settings.expiration = time + static_cast<std::uint64_t>(expiry);
    for (const auto& name : dkim.also_sign) settings.also.push_back(text::lower(name));
    return settings;
}

std::vector<site::DkimKey> keys_for(const site::Dkim& dkim, const dkim::Header& header) {
    std::vector<std::string> domains;
    for (const auto* from : header.named("From")) {
        const auto authors = mime::parse_address_list(from->value);
        if (!authors) continue;
        for (const auto& author : *authors) {
            if (domains.size() >= most_domains) break;
            for (auto& domain : site::signing_domains(dkim, author.addr_spec))
                if (std::ranges::find(domains, domain) == domains.end()) domains.push_back(std::move(domain));
        }
    }
    std::vector<site::DkimKey> keys;
    for (const auto& domain : domains) std::ranges::move(site::signing_keys(dkim, domain), std::back_inserter(keys));
    return keys;
}

keyd::DigestId id_of(const site::DkimKey& key) {
    keyd::DigestId id{};
    const auto octets = text::parse_hex(key.id);
    if (octets && octets->size() == id.size()) std::ranges::copy(*octets, id.begin());
    return id;
}

std::chrono::milliseconds Signer::left(clocks::Steady until) const { return until - clock_.steady(); }

net::Task<void> Signer::pause() {
    boost::asio::steady_timer timer(context_, before_another_try);
    co_await timer.async_wait(boost::asio::use_awaitable);
}

net::Task<std::string> Signer::sign(const dkim::Signer& draft, const Keys& keys, clocks::Steady until) {
    std::string fields;
    for (const auto& key : keys) {
        const auto algorithm = dkim::parse_algorithm(key.algorithm).value_or(dkim::Algorithm::RsaSha256);
        const auto unfinished = draft.draft({key.domain, key.selector, algorithm, ""});
        const auto signature = co_await line_.sign(id_of(key), unfinished.digest, left(until));
        if (signature.empty()) co_return "";
        fields += unfinished.complete(signature);
    }
    co_return fields;
}

net::Task<Signatures> Signer::fields_for(const Content& content, WhyNot why_not) {
    if (!dkim_->sign) co_return Signatures{};
    const auto until = clock_.steady() + std::chrono::duration_cast<std::chrono::milliseconds>(dkim_->timeout);
    dkim::Signer draft(signer_settings(*dkim_, seconds_of(clock_.wall())));
    const bool is_read = co_await content.read([&](std::string_view piece) { draft.add(piece); });
    if (!is_read) co_return Signatures{.fields = "", .refusal = cannot_read, .told = "cannot be read"};
    draft.finish();
    if (auto why = flaw(draft, why_not); !why.empty()) co_return Signatures{.fields = "", .told = std::move(why)};
    for (;;) {
        const auto dkim = dkim_;  // it may have changed
        const auto keys = keys_for(*dkim, draft.header());
        if (keys.empty()) co_return Signatures{};
        auto fields = co_await sign(draft, keys, until);
        if (!fields.empty()) co_return Signatures{.fields = std::move(fields), .told = told_of(keys)};
        if (left(until) > before_another_try) {
            co_await pause();
            continue;
        }
        Signatures none{.fields = "",
                        .told = "not signed: keyd does not answer, or has no key for " + keys.front().domain};
        if (dkim->unavailable == site::Unsigned::Defer) none.refusal = cannot_sign;
        co_return none;
    }
}

}  // namespace policyd
