#include "tls/remote_key.h"

#include <openssl/async.h>
#include <openssl/core.h>
#include <openssl/core_dispatch.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/params.h>
#include <openssl/provider.h>
#include <openssl/x509.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <initializer_list>
#include <memory>
#include <utility>
#include <vector>

#include "lang/defer.h"
#include "lang/verify.h"

namespace tls {
namespace {

constexpr const char* ours = "provider=hermod";
constexpr const char* theirs = "provider=default";
constexpr const char* signer_parameter = "hermod-signer";

template <typename F>
OSSL_DISPATCH entry(int id, F* function) {
    return {id, reinterpret_cast<void (*)(void)>(function)};
}

// ---- the key: a public key of the default provider, and who has the other half

struct Key {
    EvpKey public_key;
    KeyId id{};
    Signer* signer = nullptr;
};

Key* key_of(void* data) { return static_cast<Key*>(data); }
const Key* key_of(const void* data) { return static_cast<const Key*>(data); }

void* new_key(void*) { return new Key; }
void free_key(void* data) { delete key_of(data); }
int has(const void* data, int) { return key_of(data)->public_key ? 1 : 0; }

int match(const void* one, const void* other, int) {
    return EVP_PKEY_eq(key_of(one)->public_key.get(), key_of(other)->public_key.get()) == 1 ? 1 : 0;
}

int get_key_parameters(void* data, OSSL_PARAM* parameters) {
    return EVP_PKEY_get_params(key_of(data)->public_key.get(), parameters);
}

const OSSL_PARAM* gettable_key_parameters(void*) {
    static const OSSL_PARAM gettable[] = {OSSL_PARAM_int(OSSL_PKEY_PARAM_BITS, nullptr),
                                          OSSL_PARAM_int(OSSL_PKEY_PARAM_SECURITY_BITS, nullptr),
                                          OSSL_PARAM_int(OSSL_PKEY_PARAM_MAX_SIZE, nullptr),
                                          OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, nullptr, 0),
                                          OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_DEFAULT_DIGEST, nullptr, 0),
                                          OSSL_PARAM_octet_string(OSSL_PKEY_PARAM_ENCODED_PUBLIC_KEY, nullptr, 0),
                                          OSSL_PARAM_END};
    return gettable;
}

int import_key(Key& key, const char* kind, const OSSL_PARAM parameters[]) {
    const std::unique_ptr<EVP_PKEY_CTX, decltype(&EVP_PKEY_CTX_free)> context(
        EVP_PKEY_CTX_new_from_name(nullptr, kind, theirs), &EVP_PKEY_CTX_free);
    EVP_PKEY* made = nullptr;
    if (!context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
        EVP_PKEY_fromdata(context.get(), &made, EVP_PKEY_PUBLIC_KEY, const_cast<OSSL_PARAM*>(parameters)) != 1)
        return 0;
    key.public_key.reset(made);
    key.id = key_id(made);
    const OSSL_PARAM* const signer = OSSL_PARAM_locate_const(parameters, signer_parameter);
    if (signer && signer->data_size == sizeof key.signer) std::memcpy(&key.signer, signer->data, sizeof key.signer);
    return 1;
}
int import_rsa(void* data, int, const OSSL_PARAM parameters[]) { return import_key(*key_of(data), "RSA", parameters); }
int import_ec(void* data, int, const OSSL_PARAM parameters[]) { return import_key(*key_of(data), "EC", parameters); }

const OSSL_PARAM* importable(int) {
    static const OSSL_PARAM types[] = {OSSL_PARAM_BN(OSSL_PKEY_PARAM_RSA_N, nullptr, 0),
                                       OSSL_PARAM_BN(OSSL_PKEY_PARAM_RSA_E, nullptr, 0),
                                       OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, nullptr, 0),
                                       OSSL_PARAM_octet_string(OSSL_PKEY_PARAM_PUB_KEY, nullptr, 0),
                                       OSSL_PARAM_octet_string(signer_parameter, nullptr, 0),
                                       OSSL_PARAM_END};
    return types;
}

const char* operation_of_rsa(int) { return "RSA"; }
const char* operation_of_ec(int) { return "ECDSA"; }

// There is no way to export: no other provider could sign with what we have.
template <auto Import, auto Operation>
const OSSL_DISPATCH* key_functions() {
    static const OSSL_DISPATCH functions[] = {entry(OSSL_FUNC_KEYMGMT_NEW, &new_key),
                                              entry(OSSL_FUNC_KEYMGMT_FREE, &free_key),
                                              entry(OSSL_FUNC_KEYMGMT_HAS, &has),
                                              entry(OSSL_FUNC_KEYMGMT_MATCH, &match),
                                              entry(OSSL_FUNC_KEYMGMT_GET_PARAMS, &get_key_parameters),
                                              entry(OSSL_FUNC_KEYMGMT_GETTABLE_PARAMS, &gettable_key_parameters),
                                              entry(OSSL_FUNC_KEYMGMT_IMPORT, Import),
                                              entry(OSSL_FUNC_KEYMGMT_IMPORT_TYPES, &importable),
                                              entry(OSSL_FUNC_KEYMGMT_QUERY_OPERATION_NAME, Operation),
                                              {0, nullptr}};
    return functions;
}

// ---- signing

struct Operation {
    const Key* key = nullptr;
    int digest_bits = 0;
    bool is_pss = false;
};

/// Shared by the handshake that waits and the signer that answers, as either may be gone first.
struct Awaited {
    std::optional<std::string> signature;
    bool is_answered = false;
    ASYNC_callback_fn wake = nullptr;
    void* wake_argument = nullptr;
};

void* new_operation(void*, const char*) { return new Operation; }
void free_operation(void* data) { delete static_cast<Operation*>(data); }

int bits_of(const char* digest) {
    for (const auto& [name, bits] : {std::pair{"SHA256", 256},
                                     {"SHA2-256", 256},
                                     {"SHA384", 384},
                                     {"SHA2-384", 384},
                                     {"SHA512", 512},
                                     {"SHA2-512", 512}})
        if (digest && std::strcmp(name, digest) == 0) return bits;
    return 0;
}

int set_parameters(void* data, const OSSL_PARAM parameters[]) {
    auto& operation = *static_cast<Operation*>(data);
    const OSSL_PARAM* const padding =
        parameters ? OSSL_PARAM_locate_const(parameters, OSSL_PKEY_PARAM_PAD_MODE) : nullptr;
    if (!padding) return 1;
    int number = 0;
    if (padding->data_type == OSSL_PARAM_UTF8_STRING)
        operation.is_pss = std::strcmp(static_cast<const char*>(padding->data), OSSL_PKEY_RSA_PAD_MODE_PSS) == 0;
    else if (OSSL_PARAM_get_int(padding, &number))
        operation.is_pss = number == 6;  // RSA_PKCS1_PSS_PADDING
    return 1;
}

// The salt is as long as the digest, which is all that TLS knows (RFC 8446 §4.2.3).
const OSSL_PARAM* settable_parameters(void*, void*) {
    static const OSSL_PARAM settable[] = {OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_PAD_MODE, nullptr, 0),
                                          OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_RSA_PSS_SALTLEN, nullptr, 0),
                                          OSSL_PARAM_END};
    return settable;
}

int begin_signing(void* data, const char* digest, void* key, const OSSL_PARAM parameters[]) {
    auto& operation = *static_cast<Operation*>(data);
    if (key) operation.key = key_of(key);
    operation.digest_bits = bits_of(digest);
    operation.is_pss = false;
    return operation.digest_bits != 0 && operation.key && set_parameters(data, parameters);
}

Scheme scheme_of(const Operation& operation) {
    const auto choose = [&](Scheme by_256, Scheme by_384, Scheme by_512) {
        return operation.digest_bits == 256 ? by_256 : operation.digest_bits == 384 ? by_384 : by_512;
    };
    using enum Scheme;
    if (EVP_PKEY_is_a(operation.key->public_key.get(), "EC")) return choose(EcdsaSha256, EcdsaSha384, EcdsaSha512);
    return operation.is_pss ? choose(RsaPssSha256, RsaPssSha384, RsaPssSha512)
                            : choose(RsaPkcs1Sha256, RsaPkcs1Sha384, RsaPkcs1Sha512);
}

/// Suspends the handshake once. Whoever goes on with it has the signature, or has given it up.
void wait_for(Awaited& awaited) {
    ASYNC_JOB* const job = ASYNC_get_current_job();
    if (awaited.is_answered || !job) return;
    ASYNC_WAIT_CTX_get_callback(ASYNC_get_wait_ctx(job), &awaited.wake, &awaited.wake_argument);
    ASYNC_pause_job();
    awaited.wake = nullptr;
}

int sign(void* data, unsigned char* signature, std::size_t* length, std::size_t room, const unsigned char* content,
         std::size_t octets) {
    const auto& operation = *static_cast<Operation*>(data);
    const auto most = static_cast<std::size_t>(EVP_PKEY_get_size(operation.key->public_key.get()));
    if (!signature) return *length = most, 1;
    if (!operation.key->signer || room < most) return 0;
    const auto awaited = std::make_shared<Awaited>();
    operation.key->signer->sign({.key = operation.key->id,
                                 .scheme = scheme_of(operation),
                                 .content = std::string(reinterpret_cast<const char*>(content), octets)},
                                [awaited](std::optional<std::string> answer) {
                                    awaited->signature = std::move(answer);
                                    awaited->is_answered = true;
                                    if (awaited->wake) awaited->wake(awaited->wake_argument);
                                });
    wait_for(*awaited);
    if (!awaited->signature || awaited->signature->size() > most) return 0;
    std::ranges::copy(*awaited->signature, signature);
    *length = awaited->signature->size();
    return 1;
}

const OSSL_DISPATCH* signature_functions() {
    static const OSSL_DISPATCH functions[] = {entry(OSSL_FUNC_SIGNATURE_NEWCTX, &new_operation),
                                              entry(OSSL_FUNC_SIGNATURE_FREECTX, &free_operation),
                                              entry(OSSL_FUNC_SIGNATURE_DIGEST_SIGN_INIT, &begin_signing),
                                              entry(OSSL_FUNC_SIGNATURE_DIGEST_SIGN, &sign),
                                              entry(OSSL_FUNC_SIGNATURE_SET_CTX_PARAMS, &set_parameters),
                                              entry(OSSL_FUNC_SIGNATURE_SETTABLE_CTX_PARAMS, &settable_parameters),
                                              {0, nullptr}};
    return functions;
}

// ---- the provider

const OSSL_ALGORITHM* offer(void*, int operation, int* may_not_be_cached) {
    *may_not_be_cached = 0;
    static const OSSL_ALGORITHM keys[] = {
        {"RSA:rsaEncryption", ours, key_functions<&import_rsa, &operation_of_rsa>(), "RSA keys held elsewhere"},
        {"EC:id-ecPublicKey", ours, key_functions<&import_ec, &operation_of_ec>(), "EC keys held elsewhere"},
        {nullptr, nullptr, nullptr, nullptr}};
    static const OSSL_ALGORITHM signatures[] = {{"RSA:rsaEncryption", ours, signature_functions(), "RSA"},
                                                {"ECDSA", ours, signature_functions(), "ECDSA"},
                                                {nullptr, nullptr, nullptr, nullptr}};
    if (operation == OSSL_OP_KEYMGMT) return keys;
    if (operation == OSSL_OP_SIGNATURE) return signatures;
    return nullptr;
}

void tear_down(void*) {}

int start_provider(const OSSL_CORE_HANDLE*, const OSSL_DISPATCH*, const OSSL_DISPATCH** functions, void** context) {
    static const OSSL_DISPATCH of_provider[] = {entry(OSSL_FUNC_PROVIDER_TEARDOWN, &tear_down),
                                                entry(OSSL_FUNC_PROVIDER_QUERY_OPERATION, &offer),
                                                {0, nullptr}};
    static int nothing = 0;
    *functions = of_provider;
    *context = &nothing;
    return 1;
}

// The default provider stays the one that everything else is done by.
void load_provider() {
    static const bool is_loaded = [] {
        VERIFY(OSSL_PROVIDER_load(nullptr, "default"));
        VERIFY(OSSL_PROVIDER_add_builtin(nullptr, "hermod", &start_provider) == 1);
        VERIFY(EVP_set_default_properties(nullptr, "?provider=default") == 1);
        VERIFY(OSSL_PROVIDER_load(nullptr, "hermod"));
        return true;
    }();
    VERIFY(is_loaded);
}

}  // namespace

EvpKey remote_key(const Certificate& certificate, Signer& signer) {
    begin();
    load_provider();
    EVP_PKEY* const public_key = X509_get0_pubkey(certificate.leaf());
    OSSL_PARAM* of_public = nullptr;
    VERIFY(EVP_PKEY_todata(public_key, EVP_PKEY_PUBLIC_KEY, &of_public) == 1);
    const Defer freed([of_public] { OSSL_PARAM_free(of_public); });
    Signer* pointer = &signer;
    const OSSL_PARAM of_signer[] = {OSSL_PARAM_construct_octet_string(signer_parameter, &pointer, sizeof pointer),
                                    OSSL_PARAM_construct_end()};
    OSSL_PARAM* const all = OSSL_PARAM_merge(of_public, of_signer);
    const Defer all_freed([all] { OPENSSL_free(all); });
    const std::unique_ptr<EVP_PKEY_CTX, decltype(&EVP_PKEY_CTX_free)> context(
        EVP_PKEY_CTX_new_from_name(nullptr, certificate.key_kind() == KeyKind::Rsa ? "RSA" : "EC", ours),
        &EVP_PKEY_CTX_free);
    EVP_PKEY* made = nullptr;
    VERIFY(context && EVP_PKEY_fromdata_init(context.get()) == 1);
    VERIFY(EVP_PKEY_fromdata(context.get(), &made, EVP_PKEY_KEYPAIR, all) == 1);
    return EvpKey(made);
}

}  // namespace tls
