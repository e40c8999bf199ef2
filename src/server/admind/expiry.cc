#include "admind/expiry.h"

#include <fmt/format.h>

#include "tls/certificate.h"

namespace admind {

std::vector<CertificateStatus> certificates_of(const site::Tls& tls) {
    std::vector<CertificateStatus> all;
    for (const auto& one : site::all_keys(tls)) {
        const auto certificate = tls::Certificate::parse(one.certificate_text);
        if (!certificate) continue;  // the server does not start with such a one
        all.push_back({.file = one.certificate,
                       .names = certificate->names(),
                       .expires = std::chrono::milliseconds(certificate->not_after().time_since_epoch()).count()});
    }
    return all;
}

void warn_of_expiry(const std::vector<CertificateStatus>& certificates, const site::Tls& tls,
                    const clocks::Clock& clock, logs::Log& log) {
    for (const auto& one : certificates) {
        const auto left = std::chrono::milliseconds(one.expires) - clock.wall().time_since_epoch();
        if (left > tls.expiry_warning) continue;
        const auto days = std::chrono::duration_cast<std::chrono::days>(left).count();
        const auto reason = left.count() <= 0 ? fmt::format("the certificate {} has expired", one.file)
                                              : fmt::format("the certificate {} expires in {} days", one.file, days);
        log.event(logs::Event::Warning, {{"reason", reason}});
    }
}

}  // namespace admind
