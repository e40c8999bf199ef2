#include "certificates/first.h"

#include "crypto/certify.h"
#include "crypto/digest.h"
#include "lang/try.h"

namespace certificates {

Result<void> sign_ourselves(const Folder& folder, const std::vector<std::string>& names, std::chrono::sys_seconds now) {
    if (TRY(folder.live())) return {};
    const auto key = crypto::SigningKey::make(crypto::SigningKey::Kind::P256);
    const crypto::Validity validity{now - std::chrono::hours(1), now + std::chrono::days(365)};
    Pair pair{.certificate = crypto::self_signed(key, names, validity), .key = key.to_pem(), .source = ""};
    auto written = folder.replace(pair);
    crypto::wipe(pair.key);
    return written;
}

}  // namespace certificates
