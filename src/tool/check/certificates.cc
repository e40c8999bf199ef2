#include "check/certificates.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <fstream>
#include <iterator>
#include <optional>
#include <vector>

#include "check/elsewhere.h"
#include "config/parse.h"
#include "tls/authorities.h"
#include "tls/certificate.h"
#include "tls/private_key.h"

namespace check {
namespace {

constexpr std::size_t longest_file = 1024 * 1024;

std::optional<std::string> content_of(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) return std::nullopt;
    std::string text(longest_file, '\0');
    file.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(file.gcount()));
    return file.bad() ? std::nullopt : std::optional(std::move(text));
}

/// What is wrong with the key; empty: nothing.
std::string flaw_of_key(const std::string& path, const tls::KeyId& wanted) {
    const auto text = content_of(path);
    if (!text) return "cannot be read";
    const auto key = tls::PrivateKey::parse(*text);
    if (!key) return key.error();
    return key->id() == wanted ? "" : "is not the key of the certificate";
}

/// The same, found out elsewhere.
std::string flaw_of_key_found_elsewhere(const std::string& path, const tls::KeyId& wanted) {
    const auto flaw = found_elsewhere([&] { return flaw_of_key(path, wanted); });
    return flaw ? *flaw : flaw.error();
}

/// A configuration in use has it from the last time.
void put(config::Node& table, std::string key, config::Position where, std::string text) {
    if (config::Node* before = table.find(key))
        before->text = std::move(text);
    else
        table.members.push_back(
            {.key = std::move(key),
             .where = where,
             .value = {.kind = config::Node::Kind::String, .where = where, .text = std::move(text)}});
}

/// One certificate with its key.
class Pair {
public:
    Pair(config::Document& document, config::Node& table, std::string key, config::Problems& problems,
         config::Problems& warnings)
        : document_(document), table_(table), key_(std::move(key)), problems_(problems), warnings_(warnings) {}

    void take_in(std::chrono::system_clock::duration warning) {
        const config::Node* certificate = path("certificate");
        const config::Node* private_key = path("key");
        if (!certificate || !private_key) return;  // that is complained of elsewhere
        auto text = content_of(certificate->text);
        if (!text) return complain(problems_, *certificate, ".certificate", "cannot be read");
        const auto parsed = tls::Certificate::parse(*text);
        if (!parsed) return complain(problems_, *certificate, ".certificate", parsed.error());
        check_times(*certificate, *parsed, warning);
        if (const auto flaw = flaw_of_key_found_elsewhere(private_key->text, parsed->key()); !flaw.empty())
            complain(problems_, *private_key, ".key", flaw);
        warn_if_open(*private_key);
        put(table_, "certificate_text", certificate->where, std::move(*text));
    }

private:
    const config::Node* path(std::string_view name) const {
        const config::Node* node = table_.find(name);
        return node && node->kind == config::Node::Kind::String && node->text.starts_with('/') ? node : nullptr;
    }
    void complain(config::Problems& where, const config::Node& node, std::string_view key, const std::string& what) {
        where.push_back(
            document_.problem_at(node.where, key_ + std::string(key), config::toml_string(node.text) + " " + what));
    }

    // An old certificate is better than no encryption for those who do not look (RFC 7435), so the server starts with
    // it.
    void check_times(const config::Node& node, const tls::Certificate& certificate,
                     std::chrono::system_clock::duration warning) {
        const auto now = std::chrono::system_clock::now();
        const auto day = [](std::chrono::sys_seconds time) {
            return fmt::format("{:%F}", fmt::gmtime(std::chrono::system_clock::to_time_t(time)));
        };
        if (certificate.not_after() <= now)
            complain(warnings_, node, ".certificate", "has expired on " + day(certificate.not_after()));
        else if (certificate.not_after() <= now + warning)
            complain(warnings_, node, ".certificate", "expires on " + day(certificate.not_after()));
        if (certificate.not_before() > now)
            complain(warnings_, node, ".certificate", "is not valid before " + day(certificate.not_before()));
    }

    void warn_if_open(const config::Node& node) {
        struct stat status;
        if (::stat(node.text.c_str(), &status) == 0 && (status.st_mode & S_IROTH))
            complain(warnings_, node, ".key", "can be read by everybody on this machine: chmod o-r");
    }

    config::Document& document_;
    config::Node& table_;
    std::string key_;
    config::Problems& problems_;
    config::Problems& warnings_;
};

std::string flaw_of_those_in(const std::optional<std::string>& text) {
    if (!text || text->empty()) return text ? "is empty" : "cannot be read";
    const auto read = tls::read_authorities(*text);
    return read ? "" : read.error();
}

void take_in_authorities(config::Document& document, config::Node& table, config::Problems& problems) {
    const config::Node* path = table.find("client_authorities");
    if (!path || path->kind != config::Node::Kind::String || !path->text.starts_with('/')) return;
    const auto complain = [&](const std::string& what) {
        problems.push_back(
            document.problem_at(path->where, "tls.client_authorities", config::toml_string(path->text) + " " + what));
    };
    auto text = content_of(path->text);
    if (const auto flaw = flaw_of_those_in(text); !flaw.empty()) return complain(flaw);
    put(table, "client_authorities_text", path->where, std::move(*text));
}

}  // namespace

void take_in_certificates(config::Document& document, const site::Tls& tls, config::Problems& problems,
                          config::Problems& warnings) {
    config::Node* table = document.root.find("tls");
    if (!table || table->kind != config::Node::Kind::Table) return;
    Pair(document, *table, "tls", problems, warnings).take_in(tls.expiry_warning);
    take_in_authorities(document, *table, problems);
    config::Node* also = table->find("also");
    if (!also || also->kind != config::Node::Kind::Array) return;
    for (auto& item : also->items)
        if (item.kind == config::Node::Kind::Table)
            Pair(document, item, "tls.also", problems, warnings).take_in(tls.expiry_warning);
}

std::string flaw_of_authorities(const std::string& path) { return flaw_of_those_in(content_of(path)); }

std::expected<std::string, std::string> renew_certificates(const std::string& configuration) {
    auto document = config::parse_text(configuration, "");
    if (!document) return std::unexpected("the configuration in use cannot be read");
    const std::string before = config::to_toml(document->root);
    config::Problems problems, warnings;
    take_in_certificates(*document, {}, problems, warnings);
    if (problems.empty()) {
        auto now = config::to_toml(document->root);
        if (!config::parse_text(now, "")) return std::unexpected("the configuration with them cannot be read");
        return now == before ? configuration : std::move(now);
    }
    std::string text;
    for (const auto& one : problems) text += fmt::format("{}{}: {}", text.empty() ? "" : "; ", one.key, one.problem);
    return std::unexpected(text);
}

}  // namespace check
