#include "authentication/rotation.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>

#include "dkim/key_record.h"
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

}  // namespace

Published published(const signing_keys::Key& key, const dns::Answer& answer) {
    if (!answer.is_usable()) return Published::Unknown;
    if (!answer.has_records()) return Published::Missing;
    if (answer.records.size() != 1) return Published::Another;  // RFC 6376 §3.6.2.2: which of them counts is not said
    const auto* text = std::get_if<dns::Txt>(&answer.records.front().value);
    const auto record = text ? dkim::parse_key_record(text->joined()) : std::unexpected(dkim::KeyProblem::MissingKey);
    const bool is_ours = record && record->kind == key.kind && record->allows_sha256 && record->is_for_mail &&
                         record->public_key == key.public_octets;
    return is_ours ? Published::Yes : Published::Another;
}

std::expected<std::vector<NewKey>, std::string> make_keys(const Folder& folder, const std::string& domain,
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

std::string record_of(const signing_keys::Key& key) { return dkim::to_record(key.kind, key.public_octets); }

}  // namespace authentication
