#include "site/tls.h"

namespace site {

std::vector<CertifiedKey> all_keys(const Tls& tls) {
    std::vector<CertifiedKey> all;
    if (!tls.certificate.empty()) all.push_back({tls.certificate, tls.key, tls.certificate_text});
    all.insert(all.end(), tls.also.begin(), tls.also.end());
    return all;
}

}  // namespace site
