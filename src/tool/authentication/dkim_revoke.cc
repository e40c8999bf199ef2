// `hermod dkim revoke`: keys that somebody else may have.
//
// First nothing signs with them any more, then there is time for all the rest: so their state is on disk before the
// server is told, and new ones are made last. It may be repeated: what a first call came to grief over is done then.

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <optional>

#include "authentication/dkim_key_file.h"
#include "authentication/dkim_rotate.h"
#include "authentication/key_words.h"
#include "dkim/key_record.h"
#include "dkim/signature.h"
#include "dns/zone_line.h"
#include "lang/try.h"
#include "text/ascii.h"
#include "text/idna.h"

namespace authentication {
namespace {

using signing_keys::Key;
using signing_keys::Keys;
using signing_keys::State;

class Revoking {
public:
    Revoking(const RevokeQuestion& question, const check::SigningSite& site, std::string domain)
        : question_(question), site_(site), domain_(std::move(domain)), now_(question.now.seconds()) {
        for (const auto& selector : question.selectors) selectors_.push_back(text::lower(selector));
    }

    /// The exit status, or what is wrong.
    std::expected<int, std::string> run() {
        auto folder = TRY(check::open_key_folder(site_));
        const auto kept = folder ? TRY(folder->keys(domain_)) : Keys();
        TRY(check_selectors(kept));
        const auto status = kept.empty() ? std::nullopt : TRY(revoke_kept(*folder));
        const auto named = tell_of_named();
        if (!status && named == 0) return std::unexpected("there is no key of " + domain_ + " to revoke");
        return named == 0 ? *status : 1;
    }

private:
    /// Nothing: none of them is meant.
    std::expected<std::optional<int>, std::string> revoke_kept(signing_keys::Folder& folder) {
        const auto lock = TRY(folder.lock(domain_));
        auto keys = TRY(folder.keys(domain_));
        const auto revoked = signing_keys::revoke(keys, selectors_, now_);
        if (!revoked.empty()) TRY(folder.replace(domain_, keys));
        const auto meant = revoked_and_meant(keys);
        if (meant.empty()) return std::nullopt;
        std::expected<void, std::string> removed;
        for (const auto& key : meant)
            if (const auto one = folder.remove_file(domain_, key.selector); !one) removed = one;
        const int status = reload_server(question_.configuration);
        if (status != 0)
            say(domain_,
                "the running server leaves the keys all the same, by the configuration that it has, unless its log "
                "tells of signing_keys_kept for this domain");
        tell(meant, keys);
        TRY(find_successors(folder, keys, !revoked.empty()));
        TRY(removed);
        return status;
    }

    Keys revoked_and_meant(const Keys& keys) const {
        Keys meant;
        for (const auto& key : keys)
            if (state_of(key) == State::Revoked && is_meant(key.selector)) meant.push_back(key);
        return meant;
    }

    bool is_meant(const std::string& selector) const {
        return selectors_.empty() || std::ranges::find(selectors_, selector) != selectors_.end();
    }

    /// New keys. Where all were revoked before: only if nothing signs.
    std::expected<void, std::string> find_successors(signing_keys::Folder& folder, const Keys& keys, bool is_new) {
        const bool any_signs = std::ranges::any_of(keys, [](const Key& key) { return state_of(key) == State::Used; });
        if (signing_keys::todo(keys, site_.terms(), now_).begin && (is_new || !any_signs))
            return make_and_tell(folder, domain_, site_, "", now_);
        say(domain_, signing_keys::next_step(domain_, keys, site_.terms(), now_));
        return {};
    }

    std::expected<void, std::string> check_selectors(const Keys& keys) const {
        for (const auto& selector : selectors_) {
            const auto key = std::ranges::find(keys, selector, &Key::selector);
            const bool is_named = std::ranges::any_of(site_.dkim.keys, [&](const site::DkimKeyFile& one) {
                return is_ours(one) && text::lower(one.selector) == selector;
            });
            if (key == keys.end() && !is_named)
                return std::unexpected(fmt::format("{} has no key {}", domain_, selector));
        }
        return {};
    }

    void tell(const Keys& revoked, const Keys& keys) const {
        for (const auto& key : revoked) say(domain_, record_name(domain_, key) + " is revoked, and signs no more");
        say(domain_, "publish at once, in place of their records:");
        for (const auto& key : revoked) print_record(domain_, key);
        std::string others;
        for (const auto& key : keys)
            if (state_of(key) == State::Used) others += (others.empty() ? "" : ", ") + record_name(domain_, key);
        say(domain_, others.empty() ? "mail goes out unsigned until the new keys are published and in use"
                                    : "mail is signed by " + others + " alone until new keys are in use");
    }

    bool is_ours(const site::DkimKeyFile& named) const { return text::to_a_labels(named.domain) == domain_; }

    /// Those that the configuration names are the administrator's to take out. How many are meant.
    std::size_t tell_of_named() const {
        std::size_t count = 0;
        for (const auto& named : site_.dkim.keys) {
            const auto selector = text::lower(named.selector);
            if (!is_ours(named) || !is_meant(selector)) continue;
            ++count;
            const auto name = fmt::format("{}._domainkey.{}", selector, domain_);
            say(domain_,
                fmt::format("{} STILL SIGNS: it is in [[dkim.keys]] of the configuration; take it out there, then "
                            "`hermod reload`, and publish:",
                            name));
            const auto key = read_key(named.key);
            fmt::print("{}\n",
                       dns::zone_line(name, dkim::to_record(key ? key->kind() : crypto::SignatureKind::Rsa, "")));
        }
        return count;
    }

    const RevokeQuestion& question_;
    const check::SigningSite& site_;
    std::string domain_;
    std::int64_t now_;
    std::vector<std::string> selectors_;
};

}  // namespace

int revoke(const RevokeQuestion& question) {
    const auto site = check::signing_site(question.configuration);
    if (!site) return refuse("dkim", site.error());
    const auto domain = text::to_a_labels(question.domain).value_or("");
    if (!dkim::is_domain(domain)) return refuse("dkim", question.domain + " is no domain");
    const auto status = Revoking(question, *site, domain).run();
    return status ? *status : refuse("dkim", status.error());
}

}  // namespace authentication
