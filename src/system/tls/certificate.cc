#include "tls/certificate.h"

#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <algorithm>

#include "lang/defer.h"
#include "lang/verify.h"
#include "text/ascii.h"

namespace tls {
namespace {

constexpr std::size_t longest_pem = 1024 * 1024;
constexpr std::size_t most_in_chain = 20;
constexpr int least_rsa_bits = 2048;

std::vector<X509Certificate> read_all(std::string_view pem) {
    std::vector<X509Certificate> found;
    BIO* const in = BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()));
    const Defer freed([in] { BIO_free(in); });
    // The callback keeps it from asking the terminal for a passphrase.
    while (found.size() < most_in_chain) {
        X509* const one = PEM_read_bio_X509(in, nullptr, [](char*, int, int, void*) { return 0; }, nullptr);
        if (!one) break;
        found.emplace_back(one);
    }
    ERR_clear_error();
    return found;
}

std::chrono::sys_seconds time_of(const ASN1_TIME* time) {
    int days = 0, seconds = 0;
    ASN1_TIME* const epoch = ASN1_TIME_set(nullptr, 0);
    const Defer freed([epoch] { ASN1_TIME_free(epoch); });
    if (!ASN1_TIME_diff(&days, &seconds, epoch, time)) return {};
    return std::chrono::sys_seconds(std::chrono::days(days) + std::chrono::seconds(seconds));
}

}  // namespace

KeyId key_id(evp_pkey_st* key) {
    unsigned char* octets = nullptr;
    const int length = i2d_PUBKEY(key, &octets);
    const Defer freed([octets] { OPENSSL_free(octets); });
    KeyId id{};
    VERIFY(length > 0);
    VERIFY(EVP_Digest(octets, static_cast<std::size_t>(length), id.data(), nullptr, EVP_sha256(), nullptr) == 1);
    return id;
}

std::expected<Certificate, std::string> Certificate::parse(std::string_view pem) {
    begin();
    if (pem.size() > longest_pem) return std::unexpected("is too long for a certificate");
    Certificate certificate;
    certificate.chain_ = read_all(pem);
    if (certificate.chain_.empty()) return std::unexpected("holds no certificate in PEM form");
    if (auto flaw = certificate.read_key(); !flaw.empty()) return std::unexpected(std::move(flaw));
    certificate.read_names();
    certificate.read_times();
    return certificate;
}

std::string Certificate::read_key() {
    EVP_PKEY* const key = X509_get0_pubkey(leaf());
    if (!key) return "holds a certificate whose public key cannot be read";
    if (EVP_PKEY_is_a(key, "RSA")) {
        kind_ = KeyKind::Rsa;
        if (EVP_PKEY_get_bits(key) < least_rsa_bits)
            return fmt::format("holds an RSA key of {} bits; at least {} are needed", EVP_PKEY_get_bits(key),
                               least_rsa_bits);
    } else if (EVP_PKEY_is_a(key, "EC")) {
        kind_ = KeyKind::Ec;
    } else {
        return "holds a key that is neither RSA nor ECDSA";
    }
    key_ = key_id(key);
    return {};
}

void Certificate::read_names() {
    auto* const alternatives =
        static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(leaf(), NID_subject_alt_name, nullptr, nullptr));
    const Defer freed([alternatives] { GENERAL_NAMES_free(alternatives); });
    for (int i = 0; i < sk_GENERAL_NAME_num(alternatives); ++i) {
        const GENERAL_NAME* const name = sk_GENERAL_NAME_value(alternatives, i);
        if (name->type != GEN_DNS) continue;
        const auto* octets = reinterpret_cast<const char*>(ASN1_STRING_get0_data(name->d.dNSName));
        names_.push_back(text::lower({octets, static_cast<std::size_t>(ASN1_STRING_length(name->d.dNSName))}));
    }
    if (names_.empty()) {  // RFC 6125 §6.4.4: then the common name counts
        char common[256] = {};
        if (X509_NAME_get_text_by_NID(X509_get_subject_name(leaf()), NID_commonName, common, sizeof common) > 0)
            names_.push_back(text::lower(common));
    }
    std::ranges::sort(names_);
    const auto repeated = std::ranges::unique(names_);
    names_.erase(repeated.begin(), repeated.end());
}

void Certificate::read_times() {
    not_before_ = time_of(X509_get0_notBefore(leaf()));
    not_after_ = time_of(X509_get0_notAfter(leaf()));
}

// RFC 6125 §6.4.3: the wildcard stands for one whole label, the leftmost.
bool Certificate::covers(std::string_view host) const {
    const std::string wanted = text::lower(host);
    const auto dot = wanted.find('.');
    const std::string wildcard = dot == wanted.npos ? std::string() : "*" + wanted.substr(dot);
    return std::ranges::any_of(names_, [&](const std::string& name) { return name == wanted || name == wildcard; });
}

}  // namespace tls
