#include "acme/resources.h"

#include <algorithm>
#include <array>
#include <boost/json.hpp>

#include "jose/object.h"
#include "lang/try.h"
#include "text/ascii.h"
#include "text/base64.h"
#include "url/url.h"

namespace acme {
namespace {

namespace json = boost::json;

constexpr std::size_t longest_token = 512;
constexpr std::size_t longest_words = 1000;  // kept of what the server says to people
constexpr std::size_t most_challenges = 50;
constexpr std::size_t most_in_chain = 20;
constexpr std::string_view problem_prefix = "urn:ietf:params:acme:error:";

std::unexpected<Error> garbled(std::string what) {
    return std::unexpected(Error{.code = Error::Code::Garbled, .detail = std::move(what)});
}

Read<json::object> object_of(std::string_view text) {
    if (text.size() > longest_answer) return garbled("it is too long");
    auto object = jose::parse_object(text);
    if (!object) return garbled("it is no JSON object");
    return std::move(*object);
}

using jose::string_in;

std::string words_in(const json::object& object, std::string_view key) {
    const json::string* text = string_in(object, key);
    return text ? std::string(std::string_view(*text).substr(0, longest_words)) : "";
}

Read<std::string> address_of(const json::value& value, std::string_view what) {
    const json::string* text = value.if_string();
    const auto address = text ? url::parse(std::string_view(*text)) : std::nullopt;
    if (!address || address->scheme != "https") return garbled(std::string(what) + " is no address of HTTPS");
    return std::string(*text);
}

Read<std::string> address_in(const json::object& object, std::string_view key) {
    const json::value* value = object.if_contains(key);
    return address_of(value ? *value : json::value(), key);
}

bool is_base64url(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return text::is_alphanumeric(c) || c == '-' || c == '_'; });
}

Read<Status> status_in(const json::object& object) {
    constexpr std::array<std::pair<std::string_view, Status>, 8> names{{{"pending", Status::Pending},
                                                                        {"ready", Status::Ready},
                                                                        {"processing", Status::Processing},
                                                                        {"valid", Status::Valid},
                                                                        {"invalid", Status::Invalid},
                                                                        {"deactivated", Status::Deactivated},
                                                                        {"expired", Status::Expired},
                                                                        {"revoked", Status::Revoked}}};
    const json::string* text = string_in(object, "status");
    if (!text) return garbled("it has no status");
    for (const auto& [status_name, status] : names)
        if (status_name == std::string_view(*text)) return status;
    return garbled("its status is not one of RFC 8555");
}

Problem problem_of(const json::object& object) {
    Problem problem{.type = words_in(object, "type"), .detail = words_in(object, "detail")};
    if (problem.type.starts_with(problem_prefix)) problem.type.erase(0, problem_prefix.size());
    return problem;
}

std::optional<Problem> error_in(const json::object& object) {
    const json::value* value = object.if_contains("error");
    if (!value || !value->is_object()) return std::nullopt;
    return problem_of(value->get_object());
}

std::optional<ChallengeType> type_in(const json::object& object) {
    const json::string* text = string_in(object, "type");
    for (const auto type : {ChallengeType::Http01, ChallengeType::TlsAlpn01, ChallengeType::Dns01})
        if (text && std::string_view(*text) == name(type)) return type;
    return std::nullopt;
}

Read<Challenge> challenge_of(const json::object& object, ChallengeType type) {
    Challenge challenge{.type = type, .url = TRY(address_in(object, "url"))};
    const json::string* token = string_in(object, "token");
    if (!token || token->empty() || token->size() > longest_token || !is_base64url(std::string_view(*token)))
        return garbled("a challenge's token is not one of base64url");
    challenge.token = std::string(*token);
    challenge.status = TRY(status_in(object));
    challenge.problem = error_in(object);
    return challenge;
}

Read<std::vector<Challenge>> challenges_in(const json::object& object) {
    const json::value* value = object.if_contains("challenges");
    if (!value || !value->is_array()) return garbled("it has no challenges");
    if (value->get_array().size() > most_challenges) return garbled("it has too many challenges");
    std::vector<Challenge> challenges;
    for (const json::value& one : value->get_array()) {
        if (!one.is_object()) return garbled("a challenge is no object");
        if (const auto type = type_in(one.get_object()))
            challenges.push_back(TRY(challenge_of(one.get_object(), *type)));
    }
    return challenges;
}

Read<std::string> identifier_in(const json::object& object) {
    const json::value* value = object.if_contains("identifier");
    if (!value || !value->is_object()) return garbled("it has no identifier");
    const json::string* type = string_in(value->get_object(), "type");
    const json::string* text = string_in(value->get_object(), "value");
    if (!type || !text || *type != "dns" || text->size() > 255) return garbled("its identifier is no name of the DNS");
    return text::lower(std::string_view(*text));
}

}  // namespace

std::string_view name(ChallengeType type) {
    constexpr std::array<std::string_view, 3> names{"http-01", "tls-alpn-01", "dns-01"};
    return names[static_cast<std::size_t>(type)];
}

std::string to_text(const Problem& problem) {
    return problem.detail.empty() ? problem.type : problem.detail + " (" + problem.type + ')';
}

Read<Directory> parse_directory(std::string_view text) {
    const auto object = TRY(object_of(text));
    Directory directory{.new_nonce = TRY(address_in(object, "newNonce")),
                        .new_account = TRY(address_in(object, "newAccount")),
                        .new_order = TRY(address_in(object, "newOrder")),
                        .revoke_certificate = TRY(address_in(object, "revokeCert"))};
    const json::value* meta = object.if_contains("meta");
    if (!meta || !meta->is_object()) return directory;
    directory.terms_of_service = words_in(meta->get_object(), "termsOfService");
    const json::value* external = meta->get_object().if_contains("externalAccountRequired");
    directory.requires_external_account = external && external->is_bool() && external->get_bool();
    return directory;
}

Read<Order> parse_order(std::string_view text) {
    const auto object = TRY(object_of(text));
    Order order{
        .status = TRY(status_in(object)), .authorizations = {}, .finalize = TRY(address_in(object, "finalize"))};
    const json::value* list = object.if_contains("authorizations");
    if (!list || !list->is_array()) return garbled("it has no authorizations");
    if (list->get_array().size() > most_identifiers) return garbled("it has too many authorizations");
    for (const json::value& one : list->get_array())
        order.authorizations.push_back(TRY(address_of(one, "an authorization")));
    if (object.contains("certificate")) order.certificate = TRY(address_in(object, "certificate"));
    if (order.status == Status::Valid && order.certificate.empty()) return garbled("it names no certificate");
    order.problem = error_in(object);
    return order;
}

Read<Authorization> parse_authorization(std::string_view text) {
    const auto object = TRY(object_of(text));
    return Authorization{
        .name = TRY(identifier_in(object)), .status = TRY(status_in(object)), .challenges = TRY(challenges_in(object))};
}

Read<Status> parse_account(std::string_view text) { return status_in(TRY(object_of(text))); }

std::optional<Problem> parse_problem(std::string_view text) {
    const auto object = object_of(text);
    if (!object || !string_in(*object, "type")) return std::nullopt;
    return problem_of(*object);
}

Read<std::vector<std::string>> parse_chain(std::string_view pem) {
    constexpr std::string_view begin = "-----BEGIN CERTIFICATE-----", end = "-----END CERTIFICATE-----";
    if (pem.size() > longest_answer) return garbled("the chain is too long");
    std::vector<std::string> found;
    std::optional<std::string> base64;  // of the certificate that is being read
    while (!pem.empty()) {
        const auto length = std::min(pem.find('\n'), pem.size());
        std::string_view line = pem.substr(0, length);
        pem.remove_prefix(std::min(length + 1, pem.size()));
        if (line.ends_with('\r')) line.remove_suffix(1);
        line = text::trim(line);
        if (base64 && line == end) {
            auto der = text::parse_base64(*base64);
            if (!der || der->empty() || found.size() == most_in_chain) return garbled("the chain is no chain");
            found.push_back(*std::move(der));
            base64.reset();
        } else if (base64) {
            *base64 += line;
        } else if (line == begin) {
            base64.emplace();
        } else if (!line.empty()) {
            return garbled("there is more in the chain than certificates");
        }
    }
    if (base64 || found.empty()) return garbled("the chain is no chain");
    return found;
}

bool is_nonce(std::string_view text) { return !text.empty() && text.size() <= 1024 && is_base64url(text); }

}  // namespace acme
