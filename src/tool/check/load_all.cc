#include "check/load_all.h"

#include <netdb.h>
#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <tuple>

#include "acmed/config.h"
#include "admind/config.h"
#include "authd/config.h"
#include "certificates/folder.h"
#include "check/aliases.h"
#include "check/certificates.h"
#include "check/everything.h"
#include "check/login.h"
#include "check/passwords.h"
#include "check/signing_keys.h"
#include "config/load.h"
#include "deliver/config.h"
#include "directory/config.h"
#include "dns/trust_anchor.h"
#include "httpd/config.h"
#include "keyd/config.h"
#include "pickup/config.h"
#include "policyd/config.h"
#include "pop3d/config.h"
#include "qmgr/config.h"
#include "reader/config.h"
#include "relay/config.h"
#include "runner/config.h"
#include "site/mailbox_list.h"
#include "smtpd/config.h"
#include "sources/source.h"
#include "text/ascii.h"
#include "text/idna.h"
#include "tokend/config.h"

namespace check {
namespace {

struct FreedByNetdb {
    void operator()(addrinfo* found) const { ::freeaddrinfo(found); }
};

// As `hostname --fqdn` finds it; empty where the machine has no such name.
std::string own_host_name() {
    char name[256] = {};
    if (::gethostname(name, sizeof name - 1) != 0) return {};
    if (std::string_view(name).find('.') != std::string_view::npos) return text::lower(name);
    addrinfo wanted{};
    wanted.ai_flags = AI_CANONNAME;
    addrinfo* found = nullptr;
    if (::getaddrinfo(name, nullptr, &wanted, &found) != 0) return {};
    const std::unique_ptr<addrinfo, FreedByNetdb> freed(found);
    const std::string canonical = found->ai_canonname ? text::lower(found->ai_canonname) : "";
    return canonical.find('.') != std::string::npos ? canonical : "";
}

/// As whom a hook is run: number and group. Absent: he may not be it.
std::optional<std::pair<uid_t, gid_t>> hook_user(const std::string& name, const site::Processes& processes) {
    const passwd* found = ::getpwnam(name.empty() ? "hermod-acmed" : name.c_str());
    if (found && found->pw_uid != 0 && found->pw_gid != 0) return std::pair{found->pw_uid, found->pw_gid};
    const std::uint32_t number = site::uid_of(processes, process::Role::Acmed);
    return name.empty() ? std::optional(std::pair<uid_t, gid_t>{number, number}) : std::nullopt;
}

class Loading {
public:
    explicit Loading(config::Document document) : document_(std::move(document)) {}

    void fill_in_host_name() {
        config::Node* present = document_.root.find("hostname");
        if (present && !(present->kind == config::Node::Kind::String && present->text.empty())) return;
        config::Node name{.kind = config::Node::Kind::String, .text = own_host_name()};
        if (name.text.empty() && !host_name_is_misspelt_)
            complain({.file = document_.files.front(),
                      .key = "hostname",
                      .problem = "is missing, and this machine has no fully qualified name of its own",
                      .remedy = "set hostname = \"mail.example.org\""});
        if (present)
            *present = std::move(name);
        else
            document_.root.members.push_back({.key = "hostname", .where = {}, .value = std::move(name)});
    }

    template <typename Config>
    Config read() {
        auto settings_read = config::read<Config>(document_);
        if (settings_read) {
            config::gather_start_values(*settings_read, "", start_values_);
            return *std::move(settings_read);
        }
        for (auto& problem : settings_read.error()) complain(std::move(problem));
        return {};
    }

    void find_unknown_keys() {
        for (auto& unknown : config::unknown_keys(document_, everything())) {
            host_name_is_misspelt_ |= unknown.meant == "hostname";
            complain(std::move(unknown.problem));
        }
    }

    void check_listeners(const master::Config& master) {
        const auto& listen = master.listen;
        const config::Node* tables = document_.root.find("listen");
        std::set<ip::Endpoint> taken;
        for (std::size_t i = 0; i < listen.size(); ++i)
            if (!taken.insert(listen[i].address).second)
                complain(document_.problem_at(tables->items[i].where, "listen.address",
                                              ip::to_text(listen[i].address) + " is listened on twice"));
        for (const auto& address : master.acme.listen)
            if (!taken.insert(address).second)
                complain(document_.problem_at(document_.root.find("acme")->where, "acme.listen",
                                              ip::to_text(address) + " is listened on twice"));
        if (listen.empty())
            warnings_.push_back({.file = document_.files.front(),
                                 .key = "listen",
                                 .problem = "there is no [[listen]] table: nobody can connect",
                                 .remedy = "only what `hermod sendmail` brings is served"});
    }

    void check_encryption(const master::Config& master) {
        if (!site::all_keys(master.tls).empty() || awaits_first_certificate_) return;
        const config::Node* tables = document_.root.find("listen");
        for (std::size_t i = 0; i < master.listen.size(); ++i)
            if (site::tls_of(master.listen[i], /*has_certificate=*/false) != site::ListenTls::Off)
                complain(document_.problem_at(tables->items[i].where, "listen.tls", "there is no certificate to show",
                                              "set certificate and key in [tls]"));
    }

    /// [tls] that names no certificate means what acmed keeps. The first one is made when the server is started.
    void use_certificate_of_acme() {
        const config::Node* acme = document_.root.find("acme");
        const config::Node* directory = acme ? acme->find("directory") : nullptr;
        config::Node* tls = document_.root.find("tls");
        if (!directory || directory->text.empty()) return;
        if (tls && (tls->kind != config::Node::Kind::Table || tls->find("certificate") || tls->find("key"))) return;
        const auto host = config::read<site::Host>(document_);
        if (!host) return;  // that is complained of elsewhere
        const std::string folder = site::acme_folder(*host) + '/';
        awaits_first_certificate_ = ::access((folder + certificates::certificate_file).c_str(), R_OK) != 0;
        if (awaits_first_certificate_) return;
        if (!tls) {
            document_.root.members.push_back({.key = "tls", .where = {}, .value = {.kind = config::Node::Kind::Table}});
            tls = &document_.root.members.back().value;
        }
        for (const auto& [key, file] :
             {std::pair{"certificate", certificates::certificate_file}, {"key", certificates::key_file}})
            tls->members.push_back(
                {.key = key,
                 .where = acme->where,
                 .value = {.kind = config::Node::Kind::String, .where = acme->where, .text = folder + file}});
    }

    void check_acme(const acmed::Config& config, const master::Config& master) {
        if (!site::is_configured(config.acme)) return;
        config::Node& table = *document_.root.find("acme");
        const auto complain_of = [&](const char* key, const std::string& problem) {
            const config::Node* at = table.find(key);
            complain(document_.problem_at(at ? at->where : table.where, std::string("acme.") + key, problem));
        };
        if (const auto flaw = flaw_of_authorities(config.acme.ca_file); !flaw.empty())
            complain_of("ca_file", config::toml_string(config.acme.ca_file) + " " + flaw);
        if (!config.acme.hook.empty() && ::access(config.acme.hook.c_str(), X_OK) != 0)
            complain_of("hook", config::toml_string(config.acme.hook) + " cannot be executed");
        // Where [[listen]] has HTTP in the clear, the authority's questions may come in there.
        const bool has_http = std::ranges::any_of(master.listen, [](const site::Listen& listen) {
            return site::is_http(listen) && site::tls_of(listen, /*has_certificate=*/true) == site::ListenTls::Off;
        });
        if (config.acme.challenge == acme::ChallengeType::Http01 && config.acme.listen.empty() && !has_http)
            complain_of("listen",
                        "needs addresses to listen on for http-01: listen = [\"0.0.0.0:80\"], or a [[listen]] "
                        "table with protocol = \"http\"");
        const auto user = hook_user(config.acme.hook_user, master.process);
        if (!user)
            return complain_of("hook_user", config::toml_string(config.acme.hook_user) + " is no user, or is root");
        for (const auto& [key, number] : {std::pair{"hook_uid", user->first}, {"hook_gid", user->second}})
            table.members.push_back(
                {.key = key, .where = {}, .value = {.kind = config::Node::Kind::Integer, .integer = number}});
    }

    void check_client_certificates(const master::Config& master) {
        if (!master.tls.client_authorities.empty()) return;
        const config::Node* tables = document_.root.find("listen");
        for (std::size_t i = 0; i < master.listen.size(); ++i)
            if (master.listen[i].client_certificates)
                complain(document_.problem_at(tables->items[i].where, "listen.client_certificates",
                                              "nobody is believed to say who a client is",
                                              "set client_authorities in [tls]"));
    }

    // What the file says goes along with the configuration: directory itself can open nothing.
    void take_in_mailboxes() {
        config::Node* domains = document_.root.find("domains");
        if (!domains) return;
        std::map<std::string, std::string> written;  // canonical name → as written
        for (config::Member& member : domains->members) {
            const std::string key = "domains." + config::key_text(member.key);
            const std::string name = text::to_a_labels(member.key).value_or("");
            if (const auto [at, is_new] = written.emplace(name, member.key); !is_new && !name.empty())
                complain(document_.problem_at(member.where, key,
                                              "is the same domain as " + config::toml_string(at->second)));
            const config::Node* path = member.value.find("mailboxes");
            if (path && path->kind == config::Node::Kind::String && !path->text.empty())
                take_in(member.value, *path, key + ".mailboxes", name);
        }
    }

    void take_in_certificates(const site::Tls& tls) {
        check::take_in_certificates(document_, tls, problems_, warnings_);
    }
    void take_in_login(const site::Login& login) { check::take_in_login(document_, login, problems_, warnings_); }
    void check_passwords(const site::Routes& routes) { check_password_files(document_, routes, problems_); }
    void take_in_signing_keys(master::Config& master) {
        master.dkim.known =
            check::take_in_signing_keys(document_, site::dkim_folder(master), master.dkim, problems_, warnings_);
    }
    /// The key may be made later: until then nothing is sealed.
    void warn_without_seal(const master::Config& master) {
        const auto& domain = master.arc.seal;
        const bool has_key = std::ranges::any_of(site::signing_keys(master.dkim, domain),
                                                 [](const auto& key) { return key.algorithm == "rsa-sha256"; });
        if (domain.empty() || has_key) return;
        warnings_.push_back(document_.problem_at(document_.root.find("arc")->where, "arc.seal",
                                                 domain + " has no RSA key that signs, so nothing is sealed",
                                                 "hermod dkim rotate " + domain));
    }
    void warn_of_empty_reports(const master::Config& master) {
        if (master.dmarc.behavior != site::DmarcBehavior::Off) return;
        if (!master.reports.receive.empty())
            warnings_.push_back(document_.problem_at(document_.root.find("reports")->where, "reports.receive",
                                                     "DMARC is not evaluated, so of no report it is known who sent it",
                                                     "set behavior = \"record\" in [dmarc]"));
        if (!master.reports.send) return;
        warnings_.push_back(document_.problem_at(document_.root.find("reports")->where, "reports.send",
                                                 "true, but DMARC is not evaluated, so there is nothing to report",
                                                 "set behavior = \"record\" in [dmarc]"));
    }
    void take_in_aliases() { check::take_in_aliases(document_, problems_, warnings_); }

    // directory reads them when it starts; nobody who becomes master does.
    void check_account_sources(const site::AccountSources& sources) {
        const config::Node* tables = document_.root.find("accounts");
        for (std::size_t i = 0; i < sources.size(); ++i) {
            const auto at = tables->items[i].where;
            const auto& path = sources[i].password_file;
            auto flaw = path.empty() ? "" : sources::password_file_flaw(path);
            if (!flaw.empty()) complain(document_.problem_at(at, "accounts.password_file", std::move(flaw)));
            if (site::needs_issuers(sources[i]) && ::access(sources[i].tls_issuers.c_str(), R_OK) != 0)
                complain(document_.problem_at(at, "accounts.tls_issuers",
                                              config::toml_string(sources[i].tls_issuers) + " cannot be read"));
        }
    }

    void check_srs(const site::Srs& srs) {
        const config::Node* table = document_.root.find("srs");
        const config::Node* path = table ? table->find("secret_file") : nullptr;
        if (!path || srs.secret_file.empty()) return;
        if (const auto flaw = flaw_of_secret_file(srs.secret_file); !flaw.empty())
            complain(document_.problem_at(path->where, "srs.secret_file",
                                          config::toml_string(srs.secret_file) + " " + flaw));
    }

    void check_readable(const std::string& path, std::string_view table, std::string_view key) {
        if (path.empty() || ::access(path.c_str(), R_OK) == 0) return;
        complain_of_file(path, table, key, " cannot be read");
    }

    /// Or no process that asks the DNS could start.
    void check_trust_anchors(const std::string& path) {
        if (path.empty()) return;
        std::ifstream file(path);
        const std::string text{std::istreambuf_iterator<char>(file), {}};
        if (!file) return complain_of_file(path, "dns", "trust_anchors", " cannot be read");
        const auto flaw = dns::trust_anchors_flaw(text);
        if (!flaw.empty()) complain_of_file(path, "dns", "trust_anchors", ": " + flaw);
    }

    /// `what`: the sentence that begins with the path.
    void complain_of_file(const std::string& path, std::string_view table, std::string_view key,
                          std::string_view what) {
        const config::Node* at = document_.root.find(table);
        if (at) at = at->find(key);
        complain(document_.problem_at(at ? at->where : config::Position{}, std::string(table) + "." + std::string(key),
                                      config::toml_string(path) + std::string(what)));
    }

    std::expected<Configuration, config::Problems> finish(master::Config master) {
        std::ranges::sort(problems_, {}, [](const config::Problem& problem) {
            return std::tie(problem.file, problem.line, problem.column, problem.key, problem.problem);
        });
        const auto repeated = std::ranges::unique(problems_);  // what several processes read is wrong for each of them
        problems_.erase(repeated.begin(), repeated.end());
        if (!problems_.empty()) return std::unexpected(std::move(problems_));
        return Configuration{.text = config::to_toml(document_.root),
                             .master = std::move(master),
                             .start_values = std::move(start_values_),
                             .warnings = warnings_};
    }

private:
    void complain(config::Problem problem) { problems_.push_back(std::move(problem)); }

    void take_in(config::Node& domain, const config::Node& path, const std::string& key, const std::string& name) {
        std::ifstream file(path.text, std::ios::binary);
        std::string text(std::istreambuf_iterator<char>(file), {});
        if (!file.good() && !file.eof())
            return complain(document_.problem_at(path.where, key, config::toml_string(path.text) + " cannot be read"));
        if (text.size() > site::longest_mailbox_list)
            return complain(document_.problem_at(path.where, key, config::toml_string(path.text) + " is too long"));
        const auto list = site::parse_mailbox_list(text, path.text);
        if (!list) {
            for (const auto& problem : list.error()) complain(problem);
            return;
        }
        warn_if_without_mailboxes(*list, path, key, name);
        warn_of_foreign_addresses(*list, path, key);
        domain.members.push_back(
            {.key = "mailbox_list",
             .where = path.where,
             .value = {.kind = config::Node::Kind::String, .where = path.where, .text = std::move(text)}});
    }

    void warn_if_without_mailboxes(const site::MailboxList& list, const config::Node& path, const std::string& key,
                                   const std::string& name) {
        const bool has_any =
            std::ranges::any_of(list, [&](const auto& listed) { return listed.first.ends_with("@" + name); });
        if (!has_any)
            warnings_.push_back(
                document_.problem_at(path.where, key, config::toml_string(path.text) + " lists nobody at " + name));
    }

    // Only a domain's own list is asked about its recipients.
    void warn_of_foreign_addresses(const site::MailboxList& list, const config::Node& path, const std::string& key) {
        std::map<std::string, std::string> foreign;  // domain → one of its addresses
        for (const auto& [address, quota] : list) {
            const std::string domain = address.substr(address.rfind('@') + 1);
            if (!uses(domain, path.text)) foreign.emplace(domain, address);
        }
        for (const auto& [domain, address] : foreign)
            warnings_.push_back(
                document_.problem_at(path.where, key,
                                     config::toml_string(path.text) + " lists " + address +
                                         ", but is not the list of " + domain + ": nothing is delivered there",
                                     "set mailboxes = " + config::toml_string(path.text) + " in [domains." +
                                         config::toml_string(domain) + "], or take the address out"));
    }

    bool uses(const std::string& domain, const std::string& list) const {
        return std::ranges::any_of(document_.root.find("domains")->members, [&](const config::Member& member) {
            const config::Node* path = member.value.find("mailboxes");
            return text::to_a_labels(member.key) == domain && path && path->text == list;
        });
    }

    config::Document document_;
    bool host_name_is_misspelt_ = false;
    bool awaits_first_certificate_ = false;
    config::StartValues start_values_;
    config::Problems problems_;
    config::Problems warnings_;
};

}  // namespace

std::expected<Configuration, config::Problems> load_all(const std::string& path) {
    auto document = config::parse_file(path);
    if (!document) return std::unexpected(std::move(document.error()));
    Loading loading(*std::move(document));
    loading.find_unknown_keys();
    loading.fill_in_host_name();
    loading.use_certificate_of_acme();
    auto master = loading.read<master::Config>();
    loading.read<smtpd::Config>();
    loading.read<qmgr::Config>();
    loading.read<deliver::Config>();
    loading.read<runner::Config>();
    loading.read<pickup::Config>();
    loading.read<admind::Config>();
    loading.check_acme(loading.read<acmed::Config>(), master);
    loading.check_account_sources(loading.read<directory::Config>().accounts);
    const auto dns = loading.read<relay::Config>().dns;
    loading.check_readable(dns.table, "dns", "table");
    loading.check_trust_anchors(dns.trust_anchors);
    loading.read<keyd::Config>();
    loading.read<pop3d::Config>();
    loading.read<reader::Config>();
    loading.read<authd::Config>();
    loading.read<httpd::Config>();
    loading.read<tokend::Config>();
    loading.read<policyd::Config>();
    loading.check_listeners(master);
    loading.check_encryption(master);
    loading.check_client_certificates(master);
    loading.take_in_certificates(master.tls);
    loading.take_in_signing_keys(master);
    loading.warn_without_seal(master);
    loading.warn_of_empty_reports(master);
    loading.take_in_login(master.login);
    loading.check_passwords(master.route);
    loading.check_srs(master.srs);
    loading.take_in_mailboxes();
    loading.take_in_aliases();
    return loading.finish(std::move(master));
}

}  // namespace check
