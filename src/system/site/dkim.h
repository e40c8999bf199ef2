#pragma once
// [dkim]: in whose names the mail of our people is signed, and by which keys. RFC 6376, RFC 8301, RFC 8463.
//
// Private keys do not stand in the configuration: `hermod dkim rotate` makes them below data_directory, or an
// administrator names files of his own; master opens them for keyd alone. What is public of them goes along with the
// configuration to policyd, which chooses.

#include <array>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "config/setting.h"
#include "site/checks.h"
#include "site/host.h"

namespace site {

/// [[dkim.keys]]: a key file of the administrator's own.
struct DkimKeyFile {
    std::string domain;
    std::string selector;
    std::string key;  // the path
};

/// [[dkim.senders]]: a row of the signing table.
struct DkimSender {
    std::string from;                  // an address, a domain, ".domain", "*"
    std::vector<std::string> domains;  // empty: not signed
};

/// A key as policyd knows it.
struct DkimKey {
    std::string domain;  // A-labels, lower case
    std::string selector;
    std::string algorithm;  // "rsa-sha256", "ed25519-sha256"
    std::string id;         // SHA-256 of the public key's octets, in hexadecimal
    std::string file;
    bool signs = true;  // no more: it is kept for what was begun with it
};

/// A record that the DNS is to have before there is another step.
struct DkimRecord {
    std::string name;
    std::string text;
};

/// Which keys `hermod dkim rotate` makes.
enum class DkimKinds : std::uint8_t { Both, Rsa, Ed25519 };
constexpr auto choices(DkimKinds) {
    using enum DkimKinds;
    return std::array<config::Choice<DkimKinds>, 3>{{{"both", Both}, {"rsa", Rsa}, {"ed25519", Ed25519}}};
}

enum class Unsigned : std::uint8_t { Defer, Accept };
constexpr auto choices(Unsigned) {
    using enum Unsigned;
    return std::array<config::Choice<Unsigned>, 2>{{{"defer", Defer}, {"accept", Accept}}};
}

struct Dkim {
    bool sign = false;
    std::vector<DkimKeyFile> keys;
    std::vector<DkimSender> senders;
    std::string always;
    std::string canonicalization = "relaxed/relaxed";
    std::vector<std::string> also_sign;
    std::chrono::hours expiry{24 * 7};
    Unsigned unavailable = Unsigned::Defer;
    std::chrono::seconds timeout{10};
    DkimKinds make = DkimKinds::Both;
    std::uint32_t rsa_bits = 2048;
    std::chrono::hours wait{1};
    std::chrono::hours keep{24 * 14};
    std::chrono::hours rotate{0};
    std::vector<DkimKey> known;       // those of data_directory, and those named here
    std::vector<DkimRecord> awaited;  // of new keys, and of revoked ones
};

std::string dkim_domain_flaw(const std::string& domain);
std::string dkim_domain_or_empty_flaw(const std::string& domain);
std::string dkim_domains_flaw(const std::vector<std::string>& domains);
std::string dkim_selector_flaw(const std::string& selector);
std::string dkim_sender_flaw(const std::string& pattern);
std::string canonicalization_flaw(const std::string& text);
std::string dkim_fields_flaw(const std::vector<std::string>& names);

inline auto settings(const DkimKeyFile*) {
    using config::required, config::setting;
    return std::tuple{
        required(setting("domain", &DkimKeyFile::domain, "Whose signatures it makes (d=).", dkim_domain_flaw)),
        required(setting("selector", &DkimKeyFile::selector,
                         "Under which name it is published: SELECTOR._domainkey.DOMAIN (s=).", dkim_selector_flaw)),
        required(setting("key", &DkimKeyFile::key,
                         "The file with the private key, RSA or Ed25519, in PEM form without a passphrase; readable by "
                         "root, or whoever starts the server, alone. Read again with `hermod reload`.",
                         absolute_path_flaw)),
    };
}

inline auto settings(const DkimSender*) {
    using config::required, config::setting;
    return std::tuple{
        required(setting("from", &DkimSender::from,
                         "Of the address in From: \"news@example.org\", \"example.org\", \".example.org\" for all "
                         "below it, \"*\" for the rest. The first table that matches counts.",
                         dkim_sender_flaw)),
        required(setting("domains", &DkimSender::domains,
                         "In whose names such mail is signed; [] for none. For DMARC one of them has to be of the "
                         "same organization as the address.",
                         dkim_domains_flaw)),
    };
}

inline auto settings(const DkimKey*) {
    using config::internal;
    return std::tuple{internal("domain", &DkimKey::domain),       internal("selector", &DkimKey::selector),
                      internal("algorithm", &DkimKey::algorithm), internal("id", &DkimKey::id),
                      internal("file", &DkimKey::file),           internal("signs", &DkimKey::signs)};
}

inline auto settings(const DkimRecord*) {
    return std::tuple{config::internal("name", &DkimRecord::name), config::internal("text", &DkimRecord::text)};
}

inline auto settings(const Dkim*) {
    using config::setting;
    using namespace std::chrono_literals;
    return std::tuple{
        setting("sign", &Dkim::sign,
                "Whether mail of our people is signed: of whoever has logged in, and what clients that may relay and "
                "programs on this machine send of their own, which has not been through hosts beyond relay.networks. "
                "`hermod dkim rotate DOMAIN` makes the keys of a domain. The first time "
                "needs a restart."),
        setting("senders", &Dkim::senders,
                "The signing table. An address that no row matches is signed for in the name of its own domain, or of "
                "the nearest above it that has keys."),
        setting(
            "always", &Dkim::always,
            "A domain, perhaps the provider's, in whose name all mail of our people is signed besides; of those who "
            "have not logged in, mail whose author `senders` or a key of his domain knows. Empty: none.",
            dkim_domain_or_empty_flaw),
        setting("keys", &Dkim::keys, "Keys in files of your own, beside those that `hermod dkim rotate` makes."),
        setting("canonicalization", &Dkim::canonicalization,
                "What white space may become on the way, of header/body: \"relaxed/relaxed\" lets it change, "
                "\"simple/simple\" does not (RFC 6376 §3.4).",
                canonicalization_flaw),
        setting("also_sign", &Dkim::also_sign,
                "Names of further header fields that are signed where they are there, such as [\"Feedback-ID\"].",
                dkim_fields_flaw),
        setting("expiry", &Dkim::expiry,
                "So long a signature is good (x=), against those who send a signed message to many others later. "
                "Mail may wait in queues as long. \"0s\": for ever.",
                {0h, 24h * 365}),
        setting("unavailable", &Dkim::unavailable,
                "When nobody can sign at the moment, as keyd or policyd does not answer: \"defer\", 451 4.7.0, since "
                "unsigned mail is refused for good "
                "where the domain's DMARC policy asks for that; or \"accept\", unsigned, and the log says so."),
        setting("timeout", &Dkim::timeout, "How long a message waits for its signatures.", {1s, 300s}),
        setting("make", &Dkim::make,
                "Which keys `hermod dkim rotate` makes: \"rsa\", \"ed25519\" (RFC 8463), which not everybody can "
                "verify, or \"both\", and two signatures on each message."),
        setting("rsa_bits", &Dkim::rsa_bits, "How long its RSA keys are (RFC 8301 §3.2).", {1024, 4096}),
        setting("wait", &Dkim::wait,
                "So long a new key has been seen in the DNS before it signs: until all name servers have it.",
                {0h, 24h * 30}),
        setting("keep", &Dkim::keep,
                "So long a key that signs no more stays in the DNS: until what it signed has been read. Longer than "
                "`expiry`.",
                {0h, 24h * 365}),
        setting(
            "rotate", &Dkim::rotate,
            "After so long a key gets a successor: the server makes it, tells what to publish (`hermod status`, the "
            "log), waits until it is in the DNS and then for `wait`, uses it, and takes the old one away after "
            "`keep`, which may be twenty times as long as this at most. The first keys of a domain are made by "
            "command. "
            "\"0s\": all is done by command.",
            {0h, 24h * 3650}),
        config::internal("known", &Dkim::known),
        config::internal("awaited", &Dkim::awaited),
    };
}

std::string flaw(const Dkim& dkim);

/// Where `hermod dkim rotate` keeps keys.
std::string dkim_folder(const Host& host);

/// In whose names mail of this address is signed; lower case. None: it is not.
std::vector<std::string> signing_domains(const Dkim& dkim, std::string_view address);
/// The keys that sign in the name of a domain now.
std::vector<DkimKey> signing_keys(const Dkim& dkim, std::string_view domain);

inline constexpr std::string_view dkim_meaning = "Signatures on the mail of our people (DKIM, RFC 6376).";

}  // namespace site
