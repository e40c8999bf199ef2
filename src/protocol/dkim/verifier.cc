#include "dkim/verifier.h"

#include <fmt/format.h>

#include "crypto/digest.h"
#include "lang/verify.h"
#include "text/counted.h"

namespace dkim {
namespace {

constexpr std::uint64_t clock_skew = 300;           // seconds that a signer's clock may be ahead of ours
constexpr std::size_t most_verdicts = 1000;         // fields beyond are not even counted
constexpr std::size_t longest_explanation = 65536;  // of a canonical header

Failure too_many() {
    return {Result::Policy, fmt::format("only the first {} signatures are looked at", most_signatures)};
}

}  // namespace

bool verify_text(const Key& key, const Signature& signature, std::string_view text) {
    return key.verifier.verify(crypto::digest(crypto::Digest::Sha256, text), signature.octets);
}

std::optional<Failure> refuse_outright(const Signature& signature, std::uint64_t now) {
    if (signature.algorithm == Algorithm::RsaSha1) return Failure{Result::PermError, "rsa-sha1 is too weak"};
    if (signature.expiration && *signature.expiration < now)
        return Failure{Result::PermError, "the signature has expired"};
    if (signature.timestamp && *signature.timestamp > now + clock_skew)
        return Failure{Result::PermError, "the signature is of the future"};
    return std::nullopt;
}

std::optional<Failure> compare_body(const Signature& signature, const BodyHash& body) {
    if (body.limit() && *body.limit() > body.length()) return Failure{Result::Fail, "the body is shorter than l= says"};
    if (body.digest() != signature.body_hash) return Failure{Result::Fail, "the body hash did not verify"};
    return std::nullopt;
}

void Verifier::add(std::string_view piece) {
    if (!has_header_) {
        piece = reader_.add(piece);
        if (!reader_.is_complete()) return;
        read_signatures();
    }
    bodies_.add(piece);
}

void Verifier::finish() {
    if (!has_header_) {
        reader_.finish();
        read_signatures();
    }
    bodies_.finish();
    for (auto& pending : pending_) check_body(pending);
    ask_next();
}

void Verifier::read_signatures() {
    has_header_ = true;
    header_ = reader_.take();
    for (const auto* field : header_.named("DKIM-Signature"))
        if (verdicts_.size() < most_verdicts) read_signature(*field);
}

void Verifier::read_signature(const mime::Field& field) {
    auto& verdict = verdicts_.emplace_back();
    const bool is_too_many = verdicts_.size() > most_signatures;
    auto signature = parse_signature(field.value);
    if (is_too_many || !signature) {
        const auto failure =
            is_too_many ? too_many() : Failure{Result::PermError, std::string(describe(signature.error()))};
        verdict.result = failure.result;
        verdict.reason = failure.reason;
    }
    if (!signature) return;
    verdict.domain = signature->domain;
    verdict.selector = signature->selector;
    verdict.identity = signature->identity;
    verdict.algorithm = to_text(signature->algorithm);
    verdict.body_length_used = signature->body_length.has_value();
    if (is_too_many) return;
    verdict.octets = signature->octets;
    verdict.signed_fields = signature->signed_fields;
    auto question = key_question(*signature);
    if (const auto refused = judge_at_once(*signature, question.has_value())) {
        verdict.result = refused->result;
        verdict.reason = refused->reason;
        return;
    }
    const auto body = bodies_.want(signature->canonicalizations.body, signature->body_length);
    pending_.push_back({verdicts_.size() - 1, &field, std::move(*signature), *std::move(question), body, {}});
}

std::optional<Failure> Verifier::judge_at_once(const Signature& signature, bool has_question) const {
    if (reader_.is_too_long()) return Failure{Result::PermError, "the header is too long"};
    if (!has_question) return Failure{Result::PermError, "the selector's name is too long"};
    return refuse_outright(signature, now_);
}

void Verifier::check_body(Pending& pending) {
    pending.text = signed_text(header_, pending.signature, *pending.field);
    if (auto failure = compare_body(pending.signature, bodies_.at(pending.body))) fail(pending, std::move(*failure));
}

void Verifier::fail(Pending& pending, Failure failure) {
    auto& verdict = verdicts_[pending.verdict];
    verdict.result = failure.result;
    verdict.reason = std::move(failure.reason);
    if (failure.result == Result::Fail || failure.result == Result::Neutral)
        verdict.canonical_header = pending.text.substr(0, longest_explanation);
    pending.field = nullptr;
}

void Verifier::ask_next() {
    question_.reset();
    for (; next_ < pending_.size(); ++next_) {
        auto& pending = pending_[next_];
        if (pending.field == nullptr) continue;
        const auto known = answers_.find(pending.question);
        if (known == answers_.end()) {
            question_ = pending.question;
            return;
        }
        conclude(pending, known->second);
    }
}

void Verifier::answer(const dns::Answer& answer) {
    VERIFY(question_.has_value());
    answers_.emplace(*question_, answer);
    ask_next();
}

void Verifier::conclude(Pending& pending, const dns::Answer& answer) {
    const auto key = find_key(answer, pending.signature, decoded_);
    if (!key) return fail(pending, key.error());
    auto& verdict = verdicts_[pending.verdict];
    verdict.is_testing = key->is_testing;
    if (!verify_text(*key, pending.signature, pending.text)) {
        if (key->is_testing)
            return fail(pending, {Result::Neutral, "the signature did not verify; its key is in test mode"});
        return fail(pending, {Result::Fail, "the signature did not verify"});
    }
    const auto& body = bodies_.at(pending.body);
    // Hostile: what l= leaves open anybody may have written (RFC 6376 §8.2).
    if (!body.is_covered())
        return fail(pending, {Result::Policy, fmt::format("l= leaves {} of the body unsigned",
                                                          text::counted(body.length() - *body.limit(), "octet"))});
    verdict.result = Result::Pass;
    verdict.reason = key->is_testing ? "the key is in test mode" : "";
}

}  // namespace dkim
