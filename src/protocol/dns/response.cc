// What a response packet says about a question. RFC 1034 §4.3.2 (aliases), RFC 2308.
#include <algorithm>
#include <limits>

#include "dns/wire.h"
#include "lang/try.h"

namespace dns {
namespace {

using Code = WireError::Code;

constexpr std::uint32_t longest_negative_ttl = 10800;  // RFC 2308 §5 suggests one to three hours

std::string_view rcode_text(Rcode rcode) {
    switch (rcode) {
        case Rcode::NoError: return "NOERROR";
        case Rcode::FormErr: return "FORMERR";
        case Rcode::ServFail: return "SERVFAIL";
        case Rcode::NxDomain: return "NXDOMAIN";
        case Rcode::NotImp: return "NOTIMP";
        case Rcode::Refused: return "REFUSED";
    }
    return "an unknown response code";
}

const Record* find(const std::vector<Record>& records, const Name& name, Type type) {
    const auto found = std::ranges::find_if(records, [&](const Record& r) { return r.type == type && r.name == name; });
    return found == records.end() ? nullptr : &*found;
}

// The set of records, each once (RFC 2181 §5).
std::vector<Record> set_of(const std::vector<Record>& records, const Name& name, Type type) {
    std::vector<Record> set;
    for (const auto& record : records) {
        if (record.type != type || record.name != name) continue;
        if (std::ranges::find(set, record.value, &Record::value) == set.end()) set.push_back(record);
    }
    return set;
}

// The minimum of the SOA stands in its last four octets (RFC 2308 §4).
std::uint32_t negative_ttl(const std::vector<Record>& authority) {
    for (const auto& record : authority) {
        const auto* soa = std::get_if<Opaque>(&record.value);
        if (record.type != Type::Soa || !soa || soa->octets.size() < 4) continue;
        std::uint32_t minimum = 0;
        for (char c : soa->octets.substr(soa->octets.size() - 4))
            minimum = minimum << 8 | static_cast<unsigned char>(c);
        return std::min({record.ttl, minimum, longest_negative_ttl});
    }
    return 0;  // RFC 2308 §5: without an SOA it is not to be kept
}

/// Follows the aliases from the name asked for.
struct Chain {
    Name name;
    std::uint32_t ttl = std::numeric_limits<std::uint32_t>::max();
};

std::expected<Chain, WireError> follow(const Packet& packet, const Question& question) {
    Chain chain{question.name};
    if (question.type == Type::Cname) return chain;
    for (int aliases = 0; !find(packet.answers, chain.name, question.type); ++aliases) {
        const Record* record = find(packet.answers, chain.name, Type::Cname);
        if (!record) return chain;
        if (aliases == most_aliases) return std::unexpected(WireError{Code::TooManyAliases, 0});
        chain.ttl = std::min(chain.ttl, record->ttl);
        chain.name = std::get<Alias>(record->value).target;
    }
    return chain;
}

}  // namespace

std::expected<Answer, WireError> decode_response(std::string_view octets, const Question& question) {
    const Packet packet = TRY(decode(octets));
    if (!packet.is_response) return std::unexpected(WireError{Code::NotAResponse, 0});
    const bool has_name = packet.rcode == Rcode::NoError;
    if (!has_name && packet.rcode != Rcode::NxDomain) return failed(std::string(rcode_text(packet.rcode)));
    if (packet.is_truncated) return failed("truncated");
    if (packet.questions.size() != 1 || packet.questions[0] != question)
        return std::unexpected(WireError{Code::WrongQuestion, 0});

    const Chain chain = TRY(follow(packet, question));
    Answer answer;
    answer.outcome = Outcome::Insecure;
    answer.canonical_name = chain.name;
    if (has_name) answer.records = set_of(packet.answers, chain.name, question.type);
    answer.existence = !has_name ? Existence::NoName : answer.records.empty() ? Existence::NoData : Existence::Found;
    answer.ttl = std::min(chain.ttl, answer.has_records() ? chain.ttl : negative_ttl(packet.authority));
    for (const auto& record : answer.records) answer.ttl = std::min(answer.ttl, record.ttl);
    return answer;
}

}  // namespace dns
