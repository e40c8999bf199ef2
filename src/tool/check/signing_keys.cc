#include "check/signing_keys.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <optional>
#include <vector>

#include "check/elsewhere.h"
#include "check/signing_site.h"
#include "config/parse.h"
#include "crypto/digest.h"
#include "dkim/key_record.h"
#include "file/posix_disk.h"
#include "lang/try.h"
#include "signing_keys/folder.h"
#include "text/ascii.h"
#include "text/hex.h"
#include "text/idna.h"

namespace check {
namespace {

constexpr std::size_t longest_file = 64 * 1024;

/// A key, and what it must be where that is known already.
struct Candidate {
    site::DkimKey key;
    std::string wanted_id;  // empty: whatever is in the file
    config::Position where;
    std::string setting;
};

std::string id_of(std::string_view public_octets) {
    return text::to_hex(crypto::digest(crypto::Digest::Sha256, public_octets));
}

/// "rsa-sha256 ID", or "! what is wrong with it".
std::string look_at(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) return "! cannot be read";
    std::string text(longest_file, '\0');
    file.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(file.gcount()));
    const auto key = crypto::DigestSigner::parse(text);
    crypto::wipe(text);
    if (!key) return "! " + key.error();
    return fmt::format("{} {}", to_text(dkim::algorithm_of(key->kind())), id_of(key->public_octets()));
}

/// A line for each.
std::string look_at_all(const std::vector<Candidate>& candidates) {
    std::string lines;
    for (const auto& candidate : candidates) lines += look_at(candidate.key.file) + '\n';
    return lines;
}

config::Node string_node(std::string text) {
    return {.kind = config::Node::Kind::String, .where = {}, .text = std::move(text)};
}

config::Node table_of(const site::DkimRecord& record) {
    config::Node table{.kind = config::Node::Kind::Table};
    table.members.push_back({.key = "name", .where = {}, .value = string_node(record.name)});
    table.members.push_back({.key = "text", .where = {}, .value = string_node(record.text)});
    return table;
}

config::Node table_of(const site::DkimKey& key) {
    config::Node table{.kind = config::Node::Kind::Table};
    for (const auto& [name, value] : {std::pair{"domain", &key.domain},
                                      {"selector", &key.selector},
                                      {"algorithm", &key.algorithm},
                                      {"id", &key.id},
                                      {"file", &key.file}})
        table.members.push_back({.key = name, .where = {}, .value = string_node(*value)});
    table.members.push_back(
        {.key = "signs", .where = {}, .value = {.kind = config::Node::Kind::Boolean, .where = {}, .truth = key.signs}});
    return table;
}

class Gathering {
public:
    Gathering(config::Document& document, const std::vector<site::DkimKey>& before, config::Problems& problems,
              config::Problems& warnings)
        : document_(document),
          table_(*document.root.find("dkim")),
          before_(before),
          problems_(problems),
          warnings_(warnings) {}

    void take_named(const site::Dkim& dkim) {
        const config::Node* tables = table_.find("keys");
        for (std::size_t i = 0; i < dkim.keys.size(); ++i) {
            const auto& named = dkim.keys[i];
            candidates_.push_back({.key = {.domain = text::to_a_labels(named.domain).value_or(""),
                                           .selector = text::lower(named.selector),
                                           .algorithm = "",
                                           .id = "",
                                           .file = named.key},
                                   .wanted_id = "",
                                   .where = tables->items[i].where,
                                   .setting = "dkim.keys.key"});
        }
    }

    void take_kept(const std::string& folder) {
        auto disk = file::PosixDisk::open(folder);
        if (!disk && disk.error().is_absent()) return;
        if (!disk) return leave_as_it_was(folder, to_text(disk.error()));
        const signing_keys::Folder kept(*std::move(disk));
        const auto domains = kept.domains();
        if (!domains) return leave_as_it_was(folder, domains.error());
        for (const auto& domain : *domains) {
            const auto keys = kept.keys(domain);
            if (!keys) {
                leave_as_it_was(folder + "/" + domain, fmt::format("{}/{}", folder, keys.error()));
                continue;
            }
            for (const auto& key : *keys) take_kept(folder, domain, key);
        }
    }

    std::vector<site::DkimKey> finish() {
        std::vector<site::DkimKey> keys;
        const auto found = found_elsewhere([this] { return look_at_all(candidates_); });
        if (!found) complain(table_.where, "dkim.sign", "keys: " + found.error());
        std::string_view rest = found ? std::string_view(*found) : "";
        config::Node known{.kind = config::Node::Kind::Array, .where = table_.where};
        for (auto& candidate : candidates_) {
            const auto line = rest.substr(0, rest.find('\n'));
            rest.remove_prefix(std::min(line.size() + 1, rest.size()));
            if (take_in(candidate, line) || stays_as_it_was(candidate)) keys.push_back(candidate.key);
        }
        keys.insert(keys.end(), left_.begin(), left_.end());
        for (const auto& key : keys) known.items.push_back(table_of(key));
        put("known", std::move(known));
        config::Node awaited{.kind = config::Node::Kind::Array, .where = table_.where};
        for (const auto& record : awaited_) awaited.items.push_back(table_of(record));
        put("awaited", std::move(awaited));
        return keys;
    }

    void warn_of_missing_keys(const site::Dkim& dkim) {
        const auto signs = [&](const std::string& domain) {
            return std::ranges::any_of(candidates_, [&](const Candidate& candidate) {
                return candidate.key.signs && candidate.key.domain == domain;
            });
        };
        const auto warn = [&](const std::string& setting, const std::string& problem, const std::string& domain) {
            warnings_.push_back(document_.problem_at(table_.where, setting, problem,
                                                     fmt::format("`hermod dkim rotate {}` makes keys", domain)));
        };
        if (std::ranges::none_of(candidates_, [](const Candidate& candidate) { return candidate.key.signs; }))
            return warn("dkim.sign", "no key is in use: mail goes out unsigned", "DOMAIN");
        std::vector<std::string> wanted;
        for (const auto& row : dkim.senders) wanted.insert(wanted.end(), row.domains.begin(), row.domains.end());
        if (!dkim.always.empty()) wanted.push_back(dkim.always);
        for (const auto& domain : wanted)
            if (!signs(text::to_a_labels(domain).value_or("")))
                warn("dkim.senders", "no key of " + domain + " is in use", domain);
    }

private:
    void take_kept(const std::string& folder, const std::string& domain, const signing_keys::Key& key) {
        using enum signing_keys::State;
        const auto state = state_of(key);
        if (state == Made || state == Seen || (state == Revoked && key.seen == 0))
            awaited_.push_back({.name = record_name(domain, key), .text = record_of(key)});
        if (state != Used && state != Retired) return;
        candidates_.push_back({.key = {.domain = domain,
                                       .selector = key.selector,
                                       .algorithm = std::string(to_text(dkim::algorithm_of(key.kind))),
                                       .id = id_of(key.public_octets),
                                       .file = folder + "/" + signing_keys::key_file(domain, key.selector),
                                       .signs = state == Used},
                               .wanted_id = id_of(key.public_octets),
                               .where = table_.where,
                               .setting = "dkim.sign"});
    }

    bool take_in(Candidate& candidate, std::string_view line) {
        const auto& file = config::toml_string(candidate.key.file);
        const auto blank = line.find(' ');
        if (line.starts_with('!') || blank == std::string_view::npos) {
            complain(candidate.where, candidate.setting,
                     fmt::format("{} {}", file, line.substr(std::min<std::size_t>(2, line.size()))));
            return false;
        }
        candidate.key.algorithm = line.substr(0, blank);
        candidate.key.id = line.substr(blank + 1);
        if (!candidate.wanted_id.empty() && candidate.key.id != candidate.wanted_id) {
            complain(candidate.where, candidate.setting, file + " is another key than the one that was made");
            return false;
        }
        warn_if_open(candidate);
        return true;
    }

    void warn_if_open(const Candidate& candidate) {
        struct stat status{};
        if (::stat(candidate.key.file.c_str(), &status) == 0 && (status.st_mode & S_IROTH))
            warnings_.push_back(document_.problem_at(
                candidate.where, candidate.setting,
                config::toml_string(candidate.key.file) + " can be read by everybody on this machine: chmod o-r"));
    }

    // In a configuration that is in use: whatever is wrong with the keys of one domain, it is not those of others that
    // are lost by it, nor, without need, its own.
    void leave_as_it_was(const std::string& folder, const std::string& problem) {
        complain(table_.where, "dkim.sign", problem);
        for (const auto& key : before_)
            if (key.file.starts_with(folder + "/")) left_.push_back(key);
    }
    /// In its place: where nothing else has changed, keyd goes on with the key that it has read.
    bool stays_as_it_was(Candidate& candidate) const {
        const auto key = std::ranges::find(before_, candidate.key.file, &site::DkimKey::file);
        if (key == before_.end()) return false;
        candidate.key.algorithm = key->algorithm;
        candidate.key.id = key->id;
        return true;
    }

    /// A configuration in use has it from the last time.
    void put(std::string name, config::Node value) {
        if (config::Node* before = table_.find(name))
            *before = std::move(value);
        else
            table_.members.push_back({.key = std::move(name), .where = table_.where, .value = std::move(value)});
    }

    void complain(config::Position where, const std::string& setting, const std::string& what) {
        problems_.push_back(document_.problem_at(where, setting, what));
    }

    config::Document& document_;
    config::Node& table_;
    const std::vector<site::DkimKey>& before_;
    config::Problems& problems_;
    config::Problems& warnings_;
    std::vector<Candidate> candidates_;
    std::vector<site::DkimRecord> awaited_;
    std::vector<site::DkimKey> left_;
};

}  // namespace

std::vector<site::DkimKey> take_in_signing_keys(config::Document& document, const std::string& folder,
                                                const site::Dkim& dkim, config::Problems& problems,
                                                config::Problems& warnings) {
    const config::Node* table = document.root.find("dkim");
    if (!dkim.sign || !table || table->kind != config::Node::Kind::Table) return {};
    Gathering gathering(document, dkim.known, problems, warnings);
    gathering.take_named(dkim);
    gathering.take_kept(folder);
    auto known = gathering.finish();
    gathering.warn_of_missing_keys(dkim);
    return known;
}

std::expected<RenewedKeys, std::string> renew_signing_keys(const std::string& configuration) {
    auto document = config::parse_text(configuration, "");
    if (!document) return std::unexpected("the configuration in use cannot be read");
    const std::string before = config::to_toml(document->root);
    const auto site = TRY(signing_site_in(*document));
    config::Problems problems, warnings;
    const auto known = take_in_signing_keys(*document, site.folder, site.dkim, problems, warnings);
    std::string trouble;
    for (const auto& one : problems)
        trouble += fmt::format("{}{}: {}", trouble.empty() ? "" : "; ", one.key, one.problem);
    auto now = config::to_toml(document->root);
    if (!config::parse_text(now, "")) return std::unexpected("the configuration with them cannot be read");
    RenewedKeys renewed{
        .configuration = now == before ? configuration : std::move(now), .files = {}, .trouble = std::move(trouble)};
    for (const auto& key : known) renewed.files.push_back(key.file);
    return renewed;
}

}  // namespace check
