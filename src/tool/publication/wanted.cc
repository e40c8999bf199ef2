#include "publication/wanted.h"

#include <fmt/format.h>

#include "authentication/dkim_key_file.h"
#include "dkim/key_record.h"
#include "dns/zone_line.h"
#include "lang/try.h"
#include "text/ascii.h"
#include "text/idna.h"

namespace publication {

std::string zone_line(const Record& record) {
    return record.type == "TXT" ? dns::zone_line(record.name, record.data)
                                : dns::zone_line(record.name, record.type, record.data);
}

std::expected<std::vector<Key>, std::string> keys_of(const check::SigningSite& site, const std::string& domain) {
    std::vector<Key> keys;
    if (const auto folder = TRY(check::open_key_folder(site)))
        for (const auto& key : TRY(folder->keys(domain)))
            keys.push_back({key.selector, key.kind, key.public_octets, state_of(key)});
    for (const auto& named : site.dkim.keys) {
        if (text::to_a_labels(named.domain) != domain) continue;
        const auto key = TRY(authentication::read_key(named.key));
        keys.push_back({text::lower(named.selector), key.kind(), key.public_octets()});
    }
    return keys;
}

std::vector<Record> wanted(const std::string& hostname, const std::string& domain, const std::vector<Key>& keys) {
    std::vector<Record> records{{domain, "MX", fmt::format("10 {}.", hostname)},
                                {domain, "TXT", fmt::format("v=spf1 mx a:{} -all", hostname)}};
    for (const auto& key : keys)
        records.push_back(
            {fmt::format("{}._domainkey.{}", key.selector, domain), "TXT",
             dkim::to_record(key.kind, key.state == signing_keys::State::Revoked ? std::string() : key.public_octets)});
    records.push_back({"_dmarc." + domain, "TXT", fmt::format("v=DMARC1; p=none; rua=mailto:postmaster@{}", domain)});
    return records;
}

}  // namespace publication
