// Verifying a message of 4 KB on one core: beside what OpenSSL needs alone for the digests and the signature, which
// nobody can do without.
#include <benchmark/benchmark.h>

#include "crypto/digest.h"
#include "crypto/digest_signature.h"
#include "dkim/key_record.h"
#include "dkim/signer.h"
#include "dkim/verifier.h"

namespace {

using crypto::DigestSigner;
using crypto::SignatureKind;

constexpr std::uint64_t now = 1'800'000'000;
constexpr std::size_t message_size = 4096;

std::string message() {
    std::string text =
        "Received: from mx.example.org (mx.example.org [192.0.2.1]) by mx.example.net; Sat, 28 Nov 2026 04:00:00 "
        "+0000\r\n"
        "From: Ann Author <ann@example.org>\r\nTo: Bob Reader <bob@example.net>\r\nSubject: The figures you asked "
        "for\r\n"
        "Date: Sat, 28 Nov 2026 03:59:58 +0000\r\nMessage-ID: <20261128035958.1@example.org>\r\nMIME-Version: 1.0\r\n"
        "Content-Type: text/plain; charset=utf-8\r\n\r\n";
    while (text.size() < message_size)
        text += "A line of text as people write them, with some words in it, and an end.\r\n";
    return text;
}

const DigestSigner& key_of(SignatureKind kind) {
    static const auto rsa = DigestSigner::make(SignatureKind::Rsa, 2048);
    static const auto ed25519 = DigestSigner::make(SignatureKind::Ed25519);
    return kind == SignatureKind::Rsa ? rsa : ed25519;
}

std::string digest_of(std::string_view text) { return crypto::digest(crypto::Digest::Sha256, text); }

dkim::SignerSettings settings() {
    using enum dkim::Canonicalization;
    return {.canonicalizations = {Relaxed, Relaxed}, .fields = {}, .timestamp = now - 60, .expiration = now + 86'400};
}

std::string sign(std::string_view text, SignatureKind kind) {
    dkim::Signer signer(settings());
    signer.add(text);
    signer.finish();
    const auto draft = signer.draft({"example.org", "s1", dkim::algorithm_of(kind), ""});
    return draft.complete(key_of(kind).sign(draft.digest));
}

dns::Answer published(SignatureKind kind) {
    dns::Answer answer{.outcome = dns::Outcome::Insecure, .existence = dns::Existence::Found, .records = {}};
    answer.records.push_back(
        {{}, dns::Type::Txt, 300, dns::Txt{{dkim::to_record(kind, key_of(kind).public_octets())}}});
    return answer;
}

void verify(benchmark::State& state, SignatureKind kind) {
    const auto signed_message = sign(message(), kind) + message();
    const auto answer = published(kind);
    dkim::KeyCache keys;
    for (auto _ : state) {
        dkim::Verifier verifier(now, &keys);
        verifier.add(signed_message);
        verifier.finish();
        while (verifier.question()) verifier.answer(answer);
        if (verifier.verdicts().at(0).result != dkim::Result::Pass) state.SkipWithError("no pass");
    }
    state.SetItemsProcessed(state.iterations());
}

/// The body's digest, the header's, and the signature of it, with a key that is at hand.
void openssl_alone(benchmark::State& state, SignatureKind kind) {
    const auto text = message();
    const auto digest = digest_of(text.substr(0, 900));
    const auto signature = key_of(kind).sign(digest);
    const auto verifier = crypto::DigestVerifier::parse(kind, key_of(kind).public_octets());
    for (auto _ : state) {
        benchmark::DoNotOptimize(digest_of(text));
        if (!verifier->verify(digest_of(std::string_view(text).substr(0, 900)), signature)) state.SkipWithError("no");
    }
    state.SetItemsProcessed(state.iterations());
}

void sign_without_key(benchmark::State& state) {
    const auto text = message();
    for (auto _ : state) {
        dkim::Signer signer(settings());
        signer.add(text);
        signer.finish();
        benchmark::DoNotOptimize(signer.draft({"example.org", "s1", dkim::Algorithm::Ed25519Sha256, ""}));
    }
    state.SetItemsProcessed(state.iterations());
}

BENCHMARK_CAPTURE(verify, rsa2048, SignatureKind::Rsa);
BENCHMARK_CAPTURE(openssl_alone, rsa2048, SignatureKind::Rsa);
BENCHMARK_CAPTURE(verify, ed25519, SignatureKind::Ed25519);
BENCHMARK_CAPTURE(openssl_alone, ed25519, SignatureKind::Ed25519);
BENCHMARK(sign_without_key);

}  // namespace
