#include "dkim/signature.h"

#include <algorithm>

#include "dkim/quoted_printable.h"
#include "lang/try.h"
#include "text/ascii.h"

namespace dkim {
namespace {

using Problem = SignatureProblem;
template <typename T>
using Parsed = std::expected<T, Problem>;

bool is_label(std::string_view label) {
    return !label.empty() && label.size() <= 63 && label.front() != '-' && label.back() != '-' &&
           std::ranges::all_of(label, [](char c) { return text::is_alphanumeric(c) || c == '-' || c == '_'; });
}

// sub-domain *("." sub-domain)
bool are_labels(std::string_view text) {
    if (text.empty() || text.size() > 253) return false;
    return std::ranges::all_of(split_trimmed(text, '.'), is_label) && std::ranges::none_of(text, is_white_space);
}

Parsed<std::string_view> need(const TagList& tags, std::string_view name) {
    const auto value = tags.value(name);
    if (!value) return std::unexpected(Problem::MissingTag);
    return *value;
}

Parsed<std::optional<std::uint64_t>> number(const TagList& tags, std::string_view name, std::size_t most_digits) {
    const auto value = tags.value(name);
    if (!value) return std::nullopt;
    const auto number = parse_number(*value, most_digits);
    if (!number) return std::unexpected(Problem::BadNumber);
    return number;
}

// sig-h-tag = %x68 [FWS] "=" [FWS] hdr-name *( [FWS] ":" [FWS] hdr-name )          §3.5
Parsed<std::vector<std::string>> signed_fields(std::string_view value) {
    std::vector<std::string> names;
    for (const auto name : split_trimmed(value, ':')) {
        if (!mime::is_field_name(name)) return std::unexpected(Problem::BadSignedFields);
        if (names.size() == most_signed_fields) return std::unexpected(Problem::TooManySignedFields);
        names.push_back(text::lower(name));
    }
    return names;
}

// sig-i-tag = [ Local-part ] "@" domain-name, in dkim-quoted-printable          §3.5
Parsed<std::string> identity(std::string_view value, std::string_view domain) {
    const auto text = parse_quoted_printable(value);
    if (!text || !std::ranges::all_of(*text, text::is_printable)) return std::unexpected(Problem::BadIdentity);
    const auto at = text->rfind('@');
    if (at == std::string::npos) return std::unexpected(Problem::BadIdentity);
    const auto below = text::lower(std::string_view(*text).substr(at + 1));
    if (!is_domain(below)) return std::unexpected(Problem::BadIdentity);
    if (!is_in_domain(below, domain)) return std::unexpected(Problem::IdentityElsewhere);
    return text->substr(0, at + 1) + below;
}

bool allows_dns(std::string_view query) {
    return std::ranges::any_of(split_trimmed(query, ':'),
                               [](std::string_view method) { return text::equal_ignoring_case(method, "dns/txt"); });
}

std::size_t hash_length(Algorithm algorithm) { return algorithm == Algorithm::RsaSha1 ? 20 : 32; }

}  // namespace

std::string_view to_text(Algorithm algorithm) {
    switch (algorithm) {
        case Algorithm::RsaSha1: return "rsa-sha1";
        case Algorithm::RsaSha256: return "rsa-sha256";
        case Algorithm::Ed25519Sha256: return "ed25519-sha256";
    }
    return "";
}

std::optional<Algorithm> parse_algorithm(std::string_view text) {
    for (const auto algorithm : {Algorithm::RsaSha1, Algorithm::RsaSha256, Algorithm::Ed25519Sha256})
        if (text::equal_ignoring_case(text, to_text(algorithm))) return algorithm;
    return std::nullopt;
}

std::string_view describe(SignatureProblem problem) {
    switch (problem) {
        case Problem::NotATagList: return "the signature field is not well-formed";
        case Problem::WrongVersion: return "the signature is of an unknown version";
        case Problem::MissingTag: return "the signature lacks a required tag";
        case Problem::UnknownAlgorithm: return "the signature's algorithm is unknown";
        case Problem::BadSignature: return "b= is no base64";
        case Problem::BadBodyHash: return "bh= is no hash";
        case Problem::BadCanonicalization: return "the signature's canonicalization is unknown";
        case Problem::BadDomain: return "d= is no domain";
        case Problem::BadSelector: return "s= is no selector";
        case Problem::BadIdentity: return "i= is no identity";
        case Problem::IdentityElsewhere: return "the domain of i= is not below d=";
        case Problem::BadSignedFields: return "h= does not name fields";
        case Problem::TooManySignedFields: return "h= names too many fields";
        case Problem::FromNotSigned: return "From is not signed";
        case Problem::BadNumber: return "l=, t= or x= is no number";
        case Problem::UnknownQuery: return "q= names no way to the key that is known";
        case Problem::ExpiresBeforeItBegins: return "the signature expires before it was made";
    }
    return "";
}

bool is_domain(std::string_view text) { return are_labels(text) && text.find('.') != std::string_view::npos; }

bool is_in_domain(std::string_view domain, std::string_view parent) {
    return domain == parent || (domain.size() > parent.size() && domain.ends_with(parent) &&
                                domain[domain.size() - parent.size() - 1] == '.');
}

Parsed<Signature> read_seal_tags(const TagList& tags) {
    Signature signature;
    const auto algorithm = parse_algorithm(TRY(need(tags, "a")));
    if (!algorithm) return std::unexpected(Problem::UnknownAlgorithm);
    signature.algorithm = *algorithm;
    const auto octets = parse_folded_base64(TRY(need(tags, "b")));
    if (!octets || octets->empty()) return std::unexpected(Problem::BadSignature);
    signature.octets = *octets;
    signature.domain = text::lower(TRY(need(tags, "d")));
    if (!is_domain(signature.domain)) return std::unexpected(Problem::BadDomain);
    signature.selector = text::lower(TRY(need(tags, "s")));
    if (!are_labels(signature.selector)) return std::unexpected(Problem::BadSelector);
    signature.timestamp = TRY(number(tags, "t", 12));
    return signature;
}

Parsed<Signature> read_signature_tags(const TagList& tags) {
    Signature signature = TRY(read_seal_tags(tags));
    const auto hash = parse_folded_base64(TRY(need(tags, "bh")));
    if (!hash || hash->size() != hash_length(signature.algorithm)) return std::unexpected(Problem::BadBodyHash);
    signature.body_hash = *hash;
    if (const auto value = tags.value("c")) {
        const auto canonicalizations = parse_canonicalizations(*value);
        if (!canonicalizations) return std::unexpected(Problem::BadCanonicalization);
        signature.canonicalizations = *canonicalizations;
    }
    const auto names = TRY(need(tags, "h"));
    signature.signed_fields = TRY(signed_fields(names));
    signature.body_length = TRY(number(tags, "l", 76));
    signature.expiration = TRY(number(tags, "x", 12));
    if (signature.expiration && signature.timestamp && *signature.expiration <= *signature.timestamp)
        return std::unexpected(Problem::ExpiresBeforeItBegins);
    if (const auto query = tags.value("q"); query && !allows_dns(*query)) return std::unexpected(Problem::UnknownQuery);
    return signature;
}

Parsed<Signature> parse_signature(std::string_view value) {
    if (value.size() > longest_signature_field) return std::unexpected(Problem::NotATagList);
    const auto tags = TagList::parse(value);
    if (!tags) return std::unexpected(Problem::NotATagList);
    if (TRY(need(*tags, "v")) != "1") return std::unexpected(Problem::WrongVersion);
    Signature signature = TRY(read_signature_tags(*tags));
    signature.identity = "@" + signature.domain;
    if (const auto value_of_i = tags->value("i")) signature.identity = TRY(identity(*value_of_i, signature.domain));
    if (std::ranges::find(signature.signed_fields, "from") == signature.signed_fields.end())
        return std::unexpected(Problem::FromNotSigned);
    return signature;
}

std::string canonical_without_signature(Canonicalization canonicalization, const mime::Field& field) {
    const auto tags = TagList::parse(field.value);
    const Tag* octets = tags ? tags->find("b") : nullptr;
    std::string whole(field.whole);
    std::string canonical;
    if (octets != nullptr) whole.erase(whole.find(':') + 1 + octets->begin, octets->length);
    if (const auto emptied = mime::FieldScanner(whole).next()) canonical = canonical_field(canonicalization, *emptied);
    if (canonical.ends_with("\r\n")) canonical.resize(canonical.size() - 2);
    return canonical;
}

}  // namespace dkim
