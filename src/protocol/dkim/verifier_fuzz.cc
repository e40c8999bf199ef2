#include "dkim/verifier.h"

#include <algorithm>
#include <string>

#include "dkim/signer.h"
#include "fuzz.h"

namespace {

const crypto::DigestSigner& key() {
    static const auto made = crypto::DigestSigner::make(crypto::SignatureKind::Ed25519);
    return made;
}

dns::Answer answer() {
    static const auto record = dkim::to_record(key().kind(), key().public_octets());
    dns::Answer given{.outcome = dns::Outcome::Insecure, .existence = dns::Existence::Found, .records = {}};
    given.records.push_back({{}, dns::Type::Txt, 300, dns::Txt{{record}}});
    return given;
}

// In pieces of one length; 0: in one.
std::vector<dkim::Verdict> verify(std::string_view message, std::size_t length) {
    dkim::Verifier verifier(1'000'000'000);
    if (length == 0) length = std::max<std::size_t>(message.size(), 1);
    for (; !message.empty(); message.remove_prefix(std::min(length, message.size())))
        verifier.add(message.substr(0, length));
    verifier.finish();
    while (verifier.question()) verifier.answer(answer());
    return verifier.verdicts();
}

void expect_same(const std::vector<dkim::Verdict>& a, const std::vector<dkim::Verdict>& b) {
    VERIFY(a.size() == b.size());
    for (std::size_t i = 0; i < a.size(); ++i) {
        VERIFY(a[i].result == b[i].result && a[i].reason == b[i].reason);
        VERIFY(a[i].canonical_header == b[i].canonical_header);
    }
}

}  // namespace

// However a message is cut into pieces, the verdicts are the same; and what we sign we verify, whatever it is.
FUZZ(input) {
    if (input.empty()) return;
    const auto choice = static_cast<unsigned char>(input.front());
    const auto text = std::string(input.substr(1));
    expect_same(verify(text, 0), verify(text, 1 + choice % 7));
    const auto canonicalization = [](bool relaxed) {
        return relaxed ? dkim::Canonicalization::Relaxed : dkim::Canonicalization::Simple;
    };
    dkim::Signer signer({.canonicalizations = {canonicalization(choice & 1), canonicalization(choice & 2)},
                         .fields = {},
                         .timestamp = choice & 4 ? std::optional<std::uint64_t>(1) : std::nullopt,
                         .expiration = {}});
    for (std::string_view rest = text; !rest.empty(); rest.remove_prefix(std::min<std::size_t>(3, rest.size())))
        signer.add(rest.substr(0, 3));
    signer.finish();
    if (!signer.may_sign()) return;
    const auto draft = signer.draft({"example.org", "one", dkim::Algorithm::Ed25519Sha256, ""});
    const auto signature = draft.complete(key().sign(draft.digest));
    const auto verdicts = verify(signature + text, 0);
    VERIFY(!verdicts.empty());
    VERIFY(verdicts.front().result == dkim::Result::Pass);
    expect_same(verdicts, verify(signature + text, 1 + choice % 5));
}
