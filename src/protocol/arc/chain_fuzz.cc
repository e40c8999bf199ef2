#include "arc/sealer.h"
#include "arc/verifier.h"
#include "fuzz.h"

namespace {

const crypto::DigestSigner& key() {
    static const auto made = crypto::DigestSigner::make(crypto::SignatureKind::Ed25519);
    return made;
}

arc::Report verify(std::string_view text) {
    static const auto record = dkim::to_record(key().kind(), key().public_octets());
    dns::Answer answer{.outcome = dns::Outcome::Insecure, .existence = dns::Existence::Found, .records = {}};
    answer.records.push_back({{}, dns::Type::Txt, 300, dns::Txt{{record}}});
    arc::Verifier verifier;
    verifier.add(text);
    verifier.finish();
    std::size_t questions = 0;
    while (verifier.question()) {
        VERIFY(++questions <= arc::most_sets + 1);
        verifier.answer(answer);
    }
    VERIFY(verifier.report().instances <= arc::most_sets);
    VERIFY((verifier.report().result == arc::Result::Fail) == !verifier.report().reason.empty());
    return verifier.report();
}

}  // namespace

// A chain is judged within its limits, and what we seal verifies: as passed where it was whole, as failed where we say
// so.
FUZZ(text) {
    const auto before = verify(text);
    arc::Sealer sealer({.authserv_id = "mx.example", .fields = {}, .timestamp = {}});
    sealer.add(text);
    sealer.finish();
    sealer.set_chain(before.result);
    if (!sealer.refusal().empty()) return;
    const dkim::Naming naming{"example.org", "one", dkim::Algorithm::Ed25519Sha256, ""};
    const auto signature = sealer.message_signature(naming);
    const auto message_signature = signature.complete(key().sign(signature.digest));
    const auto draft = sealer.seal(naming, message_signature);
    const auto after =
        verify(draft.complete(key().sign(draft.digest)) + message_signature + sealer.results() + std::string(text));
    VERIFY(after.instances == before.instances + 1);
    const bool is_new = before.result == arc::Result::None;
    const bool says_fail = !is_new && sealer.stated().value_or(before.result) != arc::Result::Pass;
    const bool is_whole = is_new || before.result == arc::Result::Pass;
    VERIFY((after.result == arc::Result::Pass) == (is_whole && !says_fail));
}
