#include "arc/verifier.h"

#include <fmt/format.h>

#include <algorithm>

#include "dkim/verifier.h"
#include "lang/verify.h"

namespace arc {

std::expected<dkim::Signature, std::string> read_message_signature(const mime::Field& field) {
    const auto tags = dkim::TagList::parse(field.value);
    if (!tags) return std::unexpected("the signature field is not well-formed");
    auto signature = dkim::read_signature_tags(*tags);
    if (!signature) return std::unexpected(std::string(describe(signature.error())));
    const auto signs = [&](std::string_view name) {
        return std::ranges::find(signature->signed_fields, name) != signature->signed_fields.end();
    };
    // A seal covers the message signature, and never the other way round (§4.1.2).
    if (signs("arc-seal")) return std::unexpected("h= names ARC-Seal");
    if (!signs("from")) return std::unexpected("From is not signed");
    return *std::move(signature);
}

void Verifier::add(std::string_view piece) {
    if (!has_header_) {
        piece = reader_.add(piece);
        if (!reader_.is_complete()) return;
        read_header();
    }
    bodies_.add(piece);
}

void Verifier::finish() {
    if (!has_header_) {
        reader_.finish();
        read_header();
    }
    bodies_.finish();
    if (!chain_.sets.empty() && !has_failed() && check_message_signature()) ask_next();
}

void Verifier::fail(std::string reason) {
    report_.result = Result::Fail;
    report_.reason = std::move(reason);
    question_.reset();
}

void Verifier::read_header() {
    has_header_ = true;
    header_ = reader_.take();
    chain_ = read_chain(header_);
    report_.instances = chain_.highest;
    if (reader_.is_too_long()) return fail("the header is too long");
    if (!chain_.problem.empty()) return fail(chain_.problem);
    if (chain_.sets.empty()) return;
    auto signature = read_message_signature(*chain_.sets.back().message_signature);
    if (!signature) return fail(fmt::format("message signature {}: {}", chain_.highest, signature.error()));
    message_signature_ = *std::move(signature);
    bodies_.want(message_signature_.canonicalizations.body, message_signature_.body_length);
}

bool Verifier::check_message_signature() {
    const auto& body = bodies_.at(0);
    auto failure = compare_body(message_signature_, body);
    if (!failure && !body.is_covered())
        failure = dkim::Failure{dkim::Result::Policy, "l= leaves a part of the body unsigned"};
    if (failure) fail(fmt::format("message signature {}: {}", chain_.highest, failure->reason));
    return !failure;
}

const dkim::Signature& Verifier::next_signature() const {
    return next_ == 0 ? message_signature_ : chain_.sets[chain_.highest - next_].seal_tags;
}

void Verifier::ask_next() {
    question_.reset();
    while (!has_failed() && next_ <= chain_.highest) {
        const auto question = key_question(next_signature());
        if (!question) return fail("a selector's name is too long");
        const auto known = answers_.find(*question);
        if (known == answers_.end()) {
            question_ = question;
            return;
        }
        conclude(known->second);
        ++next_;
    }
    if (has_failed()) return;
    report_.result = Result::Pass;
    for (const auto& set : chain_.sets) {
        report_.sealers.push_back(set.seal_tags.domain);
        report_.results.emplace_back(set.results->value);
    }
}

void Verifier::answer(const dns::Answer& answer) {
    VERIFY(question_.has_value());
    answers_.emplace(*question_, answer);
    ask_next();
}

void Verifier::conclude(const dns::Answer& answer) {
    const auto& signature = next_signature();
    const auto instance = next_ == 0 ? chain_.highest : chain_.highest - next_ + 1;
    const auto name = fmt::format("{} {}", next_ == 0 ? "message signature" : "seal", instance);
    if (signature.algorithm == dkim::Algorithm::RsaSha1) return fail(name + ": rsa-sha1 is too weak");
    const auto key = find_key(answer, signature, decoded_);
    if (!key) {
        report_.is_temporary = key.error().result == dkim::Result::TempError;
        return fail(fmt::format("{}: {}", name, key.error().reason));
    }
    std::vector<Set> sealed(chain_.sets.begin(), chain_.sets.begin() + static_cast<std::ptrdiff_t>(instance));
    const auto text =
        next_ == 0 ? signed_text(header_, signature, *sealed.back().message_signature) : sealed_text(sealed);
    if (!verify_text(*key, signature, text)) fail(name + ": the signature did not verify");
}

}  // namespace arc
