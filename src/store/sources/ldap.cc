#include "sources/ldap.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <openldap.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <utility>

#include "ip/address.h"
#include "lang/try.h"
#include "passwords/stored_scram.h"
#include "queries/filter.h"
#include "text/ascii.h"
#include "text/utf8.h"

namespace sources {
namespace {

// openldap.h names these without saying what they are.
constexpr int over_tcp = 1, over_local_socket = 3;

constexpr const char* changed_attribute = "pwdChangedTime";
constexpr const char* uuid_attribute = "entryUUID";

timeval time_of(std::chrono::milliseconds left) {
    const auto some = std::max(left, std::chrono::milliseconds(1));  // 0 would be for ever
    return {.tv_sec = some.count() / 1000, .tv_usec = some.count() % 1000 * 1000};
}

std::string trouble(int result) { return ::ldap_err2string(result); }

/// Whether another question in the same connection would fare no better.
bool is_of_connection(int result) {
    return result < 0 || result == LDAP_BUSY || result == LDAP_UNAVAILABLE || result == LDAP_TIMELIMIT_EXCEEDED;
}

accounts::Error error_of(int result) {
    const auto code = is_of_connection(result) ? accounts::Error::Code::Busy : accounts::Error::Code::Failed;
    return {code, trouble(result)};
}

struct Freed {
    void operator()(LDAPMessage* message) const { ::ldap_msgfree(message); }
    void operator()(berval** values) const { ::ldap_value_free_len(values); }
    void operator()(BerElement* element) const { ::ber_free(element, 0); }
    void operator()(char* text) const { ::ldap_memfree(text); }
};

union AnyAddress {
    sockaddr any;
    sockaddr_in v4;
    sockaddr_in6 v6;
    sockaddr_un local;
};

/// Its length; 0: it cannot be written as one.
socklen_t address_of(const Endpoint& endpoint, AnyAddress& into) {
    into = {};
    if (endpoint.host.is_local()) {
        if (endpoint.address.size() >= sizeof into.local.sun_path) return 0;
        into.local.sun_family = AF_UNIX;
        std::memcpy(into.local.sun_path, endpoint.address.data(), endpoint.address.size());
        return sizeof into.local;
    }
    const auto address = ip::parse_address(endpoint.address);
    if (!address) return 0;
    if (address->is_v4()) {
        into.v4.sin_family = AF_INET;
        into.v4.sin_port = htons(endpoint.host.port);
        std::memcpy(&into.v4.sin_addr, address->octets.data(), 4);
        return sizeof into.v4;
    }
    into.v6.sin6_family = AF_INET6;
    into.v6.sin6_port = htons(endpoint.host.port);
    std::memcpy(&into.v6.sin6_addr, address->octets.data(), 16);
    return sizeof into.v6;
}

/// By the name that the certificate must have. In the wild: libldap takes "localhost" for the machine's own full name.
std::string url_of(const Endpoint& endpoint) {
    const auto& name = endpoint.host.name;
    if (endpoint.host.is_local()) return "ldap://localhost";
    return fmt::format("ldap://{}:{}", name.contains(':') ? "[" + name + "]" : name, endpoint.host.port);
}

/// RFC 2307 §5.3: without a scheme in front it is the password itself.
std::string as_hash(const std::string& value) {
    return value.empty() || value.starts_with('{') || value.starts_with('$') ? value : "{PLAIN}" + value;
}

}  // namespace

const std::vector<std::string>& Ldap::Entry::values(std::string_view attribute) const {
    static const std::vector<std::string> none;
    for (const auto& [name, values] : attributes)
        if (text::equal_ignoring_case(name, attribute)) return values;
    return none;
}

std::string Ldap::Entry::first(std::string_view attribute) const {
    const auto& all = values(attribute);
    return all.empty() ? "" : all.front();
}

// ---- a connection

Ldap::Or<file::Descriptor> Ldap::connect_socket(const Endpoint& endpoint, Deadline deadline) const {
    AnyAddress address;
    const auto length = address_of(endpoint, address);
    if (length == 0) return unreachable(endpoint.address + " is no address");
    file::Descriptor socket(::socket(address.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!socket) return unreachable(std::strerror(errno));
    if (::connect(socket.get(), &address.any, length) != 0 && errno != EINPROGRESS)
        return unreachable(std::strerror(errno));
    pollfd waited{.fd = socket.get(), .events = POLLOUT, .revents = 0};
    if (::poll(&waited, 1, static_cast<int>(left(deadline).count())) <= 0)
        return unreachable("it does not answer in time");
    int error = 0;
    socklen_t size = sizeof error;
    if (::getsockopt(socket.get(), SOL_SOCKET, SO_ERROR, &error, &size) != 0 || error != 0)
        return unreachable(std::strerror(error));
    // The library reads and writes as if nothing could last; half an answer is no reason to wait for ever.
    const auto most = time_of(terms_.settings.timeout);
    ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &most, sizeof most);
    ::setsockopt(socket.get(), SOL_SOCKET, SO_SNDTIMEO, &most, sizeof most);
    ::fcntl(socket.get(), F_SETFL, 0);
    return socket;
}

void Ldap::set_time(LDAP* connection, Deadline deadline) const {
    const auto time = time_of(left(deadline));
    ::ldap_set_option(connection, LDAP_OPT_NETWORK_TIMEOUT, &time);
    ::ldap_set_option(connection, LDAP_OPT_TIMEOUT, &time);
}

Ldap::Or<void> Ldap::encrypt(LDAP* connection) const {
    const auto& settings = terms_.settings;
    const bool is_verified = settings.tls != site::SourceTls::Required;
    const int demand = is_verified ? LDAP_OPT_X_TLS_DEMAND : LDAP_OPT_X_TLS_NEVER;
    const int least = LDAP_OPT_X_TLS_PROTOCOL_TLS1_2, for_client = 0;
    ::ldap_set_option(connection, LDAP_OPT_X_TLS_REQUIRE_CERT, &demand);
    ::ldap_set_option(connection, LDAP_OPT_X_TLS_PROTOCOL_MIN, &least);
    if (is_verified) ::ldap_set_option(connection, LDAP_OPT_X_TLS_CACERTFILE, settings.tls_issuers.c_str());
    if (const int made = ::ldap_set_option(connection, LDAP_OPT_X_TLS_NEWCTX, &for_client); made != LDAP_SUCCESS)
        return unreachable("TLS: " + settings.tls_issuers + " is not usable");
    const int result = settings.tls == site::SourceTls::Implicit ? ::ldap_install_tls(connection)
                                                                 : ::ldap_start_tls_s(connection, nullptr, nullptr);
    if (result == LDAP_SUCCESS) return {};
    // The library has no words for a certificate that is not believed.
    return unreachable(fmt::format("TLS: {}{}", trouble(result),
                                   result == LDAP_CONNECT_ERROR && is_verified ? ", or its certificate is not for that "
                                                                                 "name, or not from tls_issuers"
                                                                               : ""));
}

Ldap::Or<Ldap::Connection> Ldap::connect(const Endpoint& endpoint, Deadline deadline) const {
    auto socket = TRY(connect_socket(endpoint, deadline));
    LDAP* made = nullptr;
    const int how = endpoint.host.is_local() ? over_local_socket : over_tcp;
    const int result = ::ldap_init_fd(socket.get(), how, url_of(endpoint).c_str(), &made);
    if (result != LDAP_SUCCESS) return unreachable(trouble(result));
    socket.release();
    Connection connection(made);
    const int version = LDAP_VERSION3, aliases = LDAP_DEREF_NEVER;
    ::ldap_set_option(made, LDAP_OPT_PROTOCOL_VERSION, &version);
    ::ldap_set_option(made, LDAP_OPT_REFERRALS, LDAP_OPT_OFF);
    ::ldap_set_option(made, LDAP_OPT_RESTART, LDAP_OPT_ON);
    ::ldap_set_option(made, LDAP_OPT_DEREF, &aliases);
    Sockbuf* octets = nullptr;
    ber_len_t most = 1 << 20;  // Hostile: of one answer
    if (::ldap_get_option(made, LDAP_OPT_SOCKBUF, &octets) == LDAP_SUCCESS && octets)
        ::ber_sockbuf_ctrl(octets, LBER_SB_OPT_SET_MAX_INCOMING, &most);
    set_time(made, deadline);
    if (terms_.settings.tls != site::SourceTls::Off && !endpoint.host.is_local()) TRY(encrypt(made));
    return connection;
}

/// False: that is not the password.
Ldap::Or<bool> Ldap::bind(LDAP* connection, const std::string& dn, std::string_view password, Deadline deadline) const {
    set_time(connection, deadline);
    std::string copy(password);
    berval credentials{.bv_len = copy.size(), .bv_val = copy.data()};
    const int result =
        ::ldap_sasl_bind_s(connection, dn.c_str(), LDAP_SASL_SIMPLE, &credentials, nullptr, nullptr, nullptr);
    crypto::wipe(copy);
    switch (result) {
        case LDAP_SUCCESS: return true;
        case LDAP_INVALID_CREDENTIALS:
        case LDAP_INAPPROPRIATE_AUTH:
        case LDAP_NO_SUCH_OBJECT:
        case LDAP_CONSTRAINT_VIOLATION:
        case LDAP_INSUFFICIENT_ACCESS:
        case LDAP_UNWILLING_TO_PERFORM: return false;
        default: return std::unexpected(error_of(result));
    }
}

Ldap::Or<Ldap::Connection> Ldap::open(Deadline deadline) const {
    return connect_to_any(deadline, [this](const Endpoint& endpoint, Deadline by) { return connect(endpoint, by); });
}

Ldap::Or<void> Ldap::ensure_open(Deadline deadline) {
    if (connection_) return {};
    auto made = TRY(open(deadline));
    if (!terms_.settings.user.empty()) {
        if (!TRY(bind(made.get(), terms_.settings.user, terms_.password, deadline)))
            return unreachable("it does not let " + terms_.settings.user + " in");
    }
    connection_ = std::move(made);
    return {};
}

// ---- searches

Ldap::Or<std::vector<Ldap::Entry>> Ldap::entries_in(LDAPMessage* found) const {
    std::vector<Entry> entries;
    for (auto* one = ::ldap_first_entry(connection_.get(), found); one;
         one = ::ldap_next_entry(connection_.get(), one)) {
        const std::unique_ptr<char, Freed> dn(::ldap_get_dn(connection_.get(), one));
        if (!dn) return unreachable("an entry without a name");
        auto& entry = entries.emplace_back();
        entry.dn = dn.get();
        BerElement* at = nullptr;
        for (std::unique_ptr<char, Freed> name(::ldap_first_attribute(connection_.get(), one, &at)); name;
             name.reset(::ldap_next_attribute(connection_.get(), one, at))) {
            auto& [attribute, values] = entry.attributes.emplace_back(name.get(), std::vector<std::string>{});
            const std::unique_ptr<berval*, Freed> all(::ldap_get_values_len(connection_.get(), one, name.get()));
            for (berval** value = all.get(); value && *value; ++value)
                values.emplace_back((*value)->bv_val, (*value)->bv_len);
        }
        const std::unique_ptr<BerElement, Freed> freed(at);
    }
    return entries;
}

Ldap::Or<std::vector<Ldap::Entry>> Ldap::search_once(const std::string& base, int scope, const std::string& filter,
                                                     Deadline deadline) {
    TRY(ensure_open(deadline));
    const auto& settings = terms_.settings;
    std::vector<std::string> wanted{"1.1"};  // RFC 4511 §4.5.1.8: none
    const auto want = [&](const std::string& name) {
        if (!name.empty()) wanted.push_back(name);
    };
    want(settings.quota_attribute);
    want(settings.scram_attribute);
    want(settings.passwords == site::LdapPasswords::Attribute ? settings.password_attribute : changed_attribute);
    want(uuid_attribute);
    std::vector<char*> names;
    for (auto& name : wanted) names.push_back(name.data());
    names.push_back(nullptr);
    set_time(connection_.get(), deadline);
    auto time = time_of(left(deadline));
    LDAPMessage* found = nullptr;
    constexpr int most = 2;
    const int result = ::ldap_search_ext_s(connection_.get(), base.c_str(), scope, filter.c_str(), names.data(), 0,
                                           nullptr, nullptr, &time, most, &found);
    const std::unique_ptr<LDAPMessage, Freed> freed(found);
    if (result != LDAP_SUCCESS && result != LDAP_SIZELIMIT_EXCEEDED) return std::unexpected(error_of(result));
    return entries_in(found);
}

Ldap::Or<std::vector<Ldap::Entry>> Ldap::search(const std::string& base, int scope, const std::string& filter,
                                                Deadline deadline) {
    const bool was_open = connection_ != nullptr;
    auto entries = search_once(base, scope, filter, deadline);
    const auto is_gone = [&] { return !entries && entries.error().code == accounts::Error::Code::Busy; };
    if (is_gone()) connection_.reset();
    // It was restarted since, and the connection did not know.
    if (is_gone() && was_open && left(deadline).count() > 0) {
        entries = search_once(base, scope, filter, deadline);
        if (is_gone()) connection_.reset();
    }
    return entries;
}

Ldap::Or<std::optional<Ldap::Entry>> Ldap::find(std::string_view address, Deadline deadline) {
    // Nobody is called so. Hostile: LDAP takes " ann" and "ann" for one (RFC 4518 §2.6.1), and we do not.
    if (!text::is_utf8(address) || address.contains(' ')) return std::nullopt;
    const auto fields = queries::fields_of(address);
    const auto& settings = terms_.settings;
    auto entries =
        TRY(search(settings.base, LDAP_SCOPE_SUBTREE, queries::fill_filter(settings.account_filter, fields), deadline));
    if (entries.empty()) return std::nullopt;
    if (entries.size() > 1) return senseless("the account_filter fits several entries for one address");
    auto& entry = entries.front();
    if (!settings.disabled_filter.empty())
        entry.is_disabled =
            !TRY(search(entry.dn, LDAP_SCOPE_BASE, queries::fill_filter(settings.disabled_filter, fields), deadline))
                 .empty();
    return std::move(entry);
}

// ---- questions

accounts::Found<accounts::Account> Ldap::account(std::string_view address) {
    return ask([&](Deadline deadline) -> accounts::Found<accounts::Account> {
        const auto entry = TRY(find(address, deadline));
        if (!entry) return std::nullopt;
        accounts::Account account{
            .address = std::string(address), .is_disabled = entry->is_disabled, .source = terms_.settings.name};
        const auto quota = terms_.settings.quota_attribute.empty() ? "" : entry->first(terms_.settings.quota_attribute);
        const auto [end, error] = std::from_chars(quota.data(), quota.data() + quota.size(), account.quota);
        if (!quota.empty() && (error != std::errc() || end != quota.data() + quota.size()))
            return senseless(terms_.settings.quota_attribute + " is no number of octets");
        return account;
    });
}

accounts::Found<accounts::Credentials> Ldap::credentials(std::string_view account) {
    return ask([&](Deadline deadline) -> accounts::Found<accounts::Credentials> {
        const auto entry = TRY(find(account, deadline));
        if (!entry) return std::nullopt;
        accounts::Credentials credentials{.is_disabled = entry->is_disabled};
        if (terms_.settings.passwords == site::LdapPasswords::Attribute)
            credentials.hash = as_hash(entry->first(terms_.settings.password_attribute));
        credentials.version = entry->first(uuid_attribute) + "/" + entry->first(changed_attribute);
        for (const auto& value : entry->values(terms_.settings.scram_attribute)) {
            auto stored = passwords::parse_stored_scram(value);
            if (!stored) continue;
            auto& keys = stored->digest == crypto::Digest::Sha1 ? credentials.scram_sha_1 : credentials.scram_sha_256;
            keys = std::move(stored->keys);
        }
        return credentials;
    });
}

Ldap::Or<bool> Ldap::is_password(const std::string& dn, std::string_view password, Deadline deadline) {
    const bool was_open = beside_ != nullptr;
    if (!was_open) beside_ = TRY(open(deadline));
    auto bound = bind(beside_.get(), dn, password, deadline);
    if (!bound) beside_.reset();
    if (!bound && was_open && left(deadline).count() > 0) {
        beside_ = TRY(open(deadline));
        bound = bind(beside_.get(), dn, password, deadline);
        if (!bound) beside_.reset();
    }
    return bound;
}

std::optional<std::expected<bool, accounts::Error>> Ldap::check(std::string_view account, std::string_view password) {
    if (terms_.settings.passwords == site::LdapPasswords::Attribute) return std::nullopt;
    // Hostile: RFC 4513 §5.1.2: a name without a password binds anonymously, and succeeds.
    if (password.empty() || password.contains('\0')) return false;
    return ask([&](Deadline deadline) -> Or<bool> {
        const auto entry = TRY(find(account, deadline));
        if (!entry || entry->is_disabled || entry->dn.empty()) return false;
        return is_password(entry->dn, password, deadline);
    });
}

}  // namespace sources
