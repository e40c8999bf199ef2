#include "dkim/key_record.h"

#include <fmt/format.h>

#include <algorithm>

#include "lang/try.h"
#include "text/ascii.h"
#include "text/base64.h"

namespace dkim {
namespace {

using crypto::DigestVerifier;
using crypto::SignatureKind;

constexpr std::size_t longest_record = 16 * 1024;

std::unexpected<Failure> unusable(std::string reason) {
    return std::unexpected(Failure{Result::PermError, std::move(reason)});
}

bool names(std::string_view list, std::string_view wanted) {
    return std::ranges::any_of(split_trimmed(list, ':'),
                               [&](std::string_view name) { return text::equal_ignoring_case(name, wanted); });
}

// In the wild: keys without the padding at their end.
std::optional<std::string> parse_key_octets(std::string_view text) {
    std::string base64 = without_white_space(text);
    while (base64.size() % 4 != 0 && !base64.ends_with("==")) base64 += '=';
    return text::parse_base64(base64);
}

std::expected<SignatureKind, KeyProblem> parse_kind(std::string_view text) {
    if (text::equal_ignoring_case(text, "rsa")) return SignatureKind::Rsa;
    if (text::equal_ignoring_case(text, "ed25519")) return SignatureKind::Ed25519;
    return std::unexpected(KeyProblem::UnknownKind);
}

SignatureKind kind_of(Algorithm algorithm) {
    return algorithm == Algorithm::Ed25519Sha256 ? SignatureKind::Ed25519 : SignatureKind::Rsa;
}

bool is_at_domain_itself(const Signature& signature) {
    return signature.identity.empty() || signature.identity.ends_with("@" + signature.domain);
}

// RFC 6376 §6.1.2, points 4 to 9
std::expected<Key, Failure> usable_key(const KeyRecord& record, const Signature& signature, KeyCache* decoded) {
    if (record.kind != kind_of(signature.algorithm)) return unusable("the key is of another kind than the signature");
    if (record.public_key.empty()) return unusable("the key is revoked");
    if (!record.allows_sha256) return unusable("the key is not for SHA-256");
    if (!record.is_for_mail) return unusable("the key is not for mail");
    if (record.is_strict && !is_at_domain_itself(signature))
        return unusable("the key is for the domain itself, and i= is below it");
    auto verifier = decoded != nullptr ? decoded->decode(record.kind, record.public_key)
                                       : DigestVerifier::parse(record.kind, record.public_key);
    if (verifier) return Key{std::move(*verifier), record.is_testing};
    switch (verifier.error()) {
        case DigestVerifier::Problem::TooShort: return unusable("the key is too weak: below 1024 bits");
        case DigestVerifier::Problem::TooLong: return unusable("the key is too big");
        case DigestVerifier::Problem::Malformed: break;
    }
    return unusable("what is published is no key");
}

std::expected<Key, Failure> key_in(const dns::Record& record, const Signature& signature, KeyCache* decoded) {
    const auto* txt = std::get_if<dns::Txt>(&record.value);
    if (txt == nullptr) return unusable("no key is published");
    const auto parsed = parse_key_record(txt->joined());
    if (!parsed) return unusable(fmt::format("the published key: {}", describe(parsed.error())));
    return usable_key(*parsed, signature, decoded);
}

}  // namespace

std::string_view describe(KeyProblem problem) {
    switch (problem) {
        case KeyProblem::NotATagList: return "is not well-formed";
        case KeyProblem::WrongVersion: return "is of an unknown version";
        case KeyProblem::UnknownKind: return "is of an unknown kind";
        case KeyProblem::MissingKey: return "has no p=";
        case KeyProblem::BadKey: return "has a p= that is no base64";
    }
    return "";
}

std::expected<KeyRecord, KeyProblem> parse_key_record(std::string_view text) {
    if (text.size() > longest_record) return std::unexpected(KeyProblem::NotATagList);
    const auto tags = TagList::parse(text);
    if (!tags) return std::unexpected(KeyProblem::NotATagList);
    if (const auto version = tags->value("v"); version && (*version != "DKIM1" || tags->tags().front().name != "v"))
        return std::unexpected(KeyProblem::WrongVersion);
    KeyRecord record;
    record.kind = TRY(parse_kind(tags->value("k").value_or("rsa")));
    const auto key = tags->value("p");
    if (!key) return std::unexpected(KeyProblem::MissingKey);
    const auto octets = parse_key_octets(*key);
    if (!octets) return std::unexpected(KeyProblem::BadKey);
    record.public_key = *octets;
    if (const auto hashes = tags->value("h")) record.allows_sha256 = names(*hashes, "sha256");
    if (const auto services = tags->value("s")) record.is_for_mail = names(*services, "*") || names(*services, "email");
    if (const auto flags = tags->value("t")) {
        record.is_testing = names(*flags, "y");
        record.is_strict = names(*flags, "s");
    }
    record.notes = tags->value("n").value_or("");
    return record;
}

std::string to_record(SignatureKind kind, std::string_view public_octets, bool is_testing) {
    return fmt::format("v=DKIM1; k={}; {}p={}", kind == SignatureKind::Rsa ? "rsa" : "ed25519",
                       is_testing ? "t=y; " : "", text::to_base64(public_octets));
}

Algorithm algorithm_of(SignatureKind kind) {
    return kind == SignatureKind::Rsa ? Algorithm::RsaSha256 : Algorithm::Ed25519Sha256;
}

std::optional<dns::Question> key_question(const Signature& signature) {
    const auto name = dns::parse_name(fmt::format("{}._domainkey.{}", signature.selector, signature.domain));
    if (!name) return std::nullopt;
    return dns::Question{*name, dns::Type::Txt};
}

std::expected<Key, Failure> find_key(const dns::Answer& answer, const Signature& signature, KeyCache* decoded) {
    if (!answer.is_usable()) {
        const auto why = answer.reason.empty() ? std::string(describe(answer.outcome)) : answer.reason;
        return std::unexpected(Failure{Result::TempError, fmt::format("the key could not be looked up: {}", why)});
    }
    constexpr std::size_t most_records = 8;
    std::expected<Key, Failure> found = unusable("no key is published");
    for (std::size_t i = 0; i < std::min(answer.records.size(), most_records); ++i) {
        auto key = key_in(answer.records[i], signature, decoded);
        if (key) return key;
        if (i == 0) found = std::move(key);
    }
    return found;
}

}  // namespace dkim
