#pragma once
// A signer for tests that has the keys itself.

#include <functional>
#include <map>
#include <optional>
#include <vector>

#include "lang/verify.h"
#include "tls/private_key.h"
#include "tls/signer.h"
#include "tls/testing/certificates.h"

namespace tls::testing {

/// Holds keys, and answers at once, later, or never.
class Keys final : public Signer {
public:
    enum class Answers { AtOnce, Later, Never };

    void add(const Pair& pair) {
        auto key = PrivateKey::parse(pair.key);
        VERIFY(key);
        keys_.emplace(key->id(), std::move(*key));
    }
    void sign(ToSign what, Done done) override {
        asked.push_back(what);
        if (answers == Answers::Never) return;
        auto answer = [this, what = std::move(what), done = std::move(done)] {
            const auto key = keys_.find(what.key);
            done(key == keys_.end() ? std::nullopt : key->second.sign(what.scheme, what.content));
        };
        if (answers == Answers::AtOnce) return answer();
        later.push_back(std::move(answer));
    }

    Answers answers = Answers::AtOnce;
    std::vector<ToSign> asked;
    std::vector<std::function<void()>> later;

private:
    std::map<KeyId, PrivateKey> keys_;
};

}  // namespace tls::testing
