#include "authentication/rotation.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "crypto/digest.h"
#include "lang/try.h"
#include "text/ascii.h"

namespace authentication {
namespace {

using crypto::SignatureKind;
using signing_keys::Folder;
using signing_keys::NewKey;

std::vector<SignatureKind> kinds(site::DkimKinds make) {
    switch (make) {
        case site::DkimKinds::Both: return {SignatureKind::Rsa, SignatureKind::Ed25519};
        case site::DkimKinds::Rsa: return {SignatureKind::Rsa};
        case site::DkimKinds::Ed25519: return {SignatureKind::Ed25519};
    }
    return {};
}

/// One that no key has or had: a record of it may still be in somebody's cache.
std::expected<std::string, std::string> free_selector(const Folder& folder, const std::string& domain,
                                                      const std::string& wanted) {
    const auto keys = TRY(folder.keys(domain));
    for (int i = 0; i < 26; ++i) {
        auto selector = i == 0 ? wanted : fmt::format("{}{}", wanted, static_cast<char>('a' + i));
        const bool is_taken = std::ranges::find(keys, selector, &signing_keys::Key::selector) != keys.end();
        if (!is_taken && !TRY(folder.has_file(domain, selector))) return selector;
    }
    return std::unexpected(fmt::format("{} and the names after it are taken: give another --selector", wanted));
}

std::expected<std::vector<NewKey>, std::string> new_keys(const Folder& folder, const std::string& domain,
                                                         const site::Dkim& dkim, const std::string& name,
                                                         std::int64_t now) {
    std::vector<NewKey> made;
    const auto wanted = kinds(dkim.make);
    const auto day = fmt::format("{:%Y%m%d}", fmt::gmtime(static_cast<std::time_t>(now)));
    for (const auto kind : wanted) {
        const auto prefix = kind == SignatureKind::Rsa ? "rsa" : "ed";
        const auto selector = name.empty()         ? prefix + day
                              : wanted.size() == 1 ? name
                                                   : fmt::format("{}-{}", name, prefix);
        const auto key = crypto::DigestSigner::make(kind, static_cast<int>(dkim.rsa_bits));
        made.push_back({.key = {.selector = TRY(free_selector(folder, domain, text::lower(selector))),
                                .kind = kind,
                                .public_octets = key.public_octets(),
                                .made = now},
                        .pem = key.to_pem()});
    }
    return made;
}

}  // namespace

std::expected<signing_keys::Keys, std::string> make_keys(Folder& folder, const std::string& domain,
                                                         const site::Dkim& dkim, const std::string& name,
                                                         std::int64_t now) {
    auto made = TRY(new_keys(folder, domain, dkim, name, now));
    const auto added = folder.add(domain, made);
    for (auto& one : made) crypto::wipe(one.pem);
    if (!added) return std::unexpected(added.error());
    signing_keys::Keys keys;
    for (auto& one : made) keys.push_back(std::move(one.key));
    return keys;
}

}  // namespace authentication
