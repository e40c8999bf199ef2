#include "signing_keys/folder.h"

#include <fmt/format.h>

#include <algorithm>

#include "dkim/signature.h"
#include "lang/try.h"

namespace signing_keys {
namespace {

template <typename T>
Result<T> told(file::Result<T> result) {
    if (!result) return std::unexpected(to_text(result.error()));
    if constexpr (std::is_void_v<T>)
        return {};
    else
        return std::move(*result);
}

std::string state_file(const std::string& domain) { return domain + "/state"; }

}  // namespace

std::string key_file(const std::string& domain, const std::string& selector) {
    return fmt::format("{}/{}.pem", domain, selector);
}

Result<std::vector<std::string>> Folder::domains() const {
    std::vector<std::string> domains;
    for (const auto& listed : TRY(told(disk_->list("."))))
        if (listed.is_directory && dkim::is_domain(listed.name)) domains.push_back(listed.name);
    std::ranges::sort(domains);
    return domains;
}

Result<Keys> Folder::keys(const std::string& domain) const {
    const auto path = state_file(domain);
    auto opened = disk_->open(path, file::Mode::Read);
    if (!opened && opened.error().is_absent()) return Keys{};
    const auto file = TRY(told(std::move(opened)));
    const auto text = TRY(told(file->read_at(0, longest_state)));
    auto keys = parse_keys(text);
    if (!keys) return std::unexpected(fmt::format("{}: line {} is not understood", path, keys.error()));
    return *std::move(keys);
}

Result<Lock> Folder::lock(const std::string& domain) {
    if (!TRY(told(disk_->exists(domain)))) {
        const auto made = disk_->make_directory(domain, 0700);
        if (!made && !made.error().exists()) return std::unexpected(to_text(made.error()));
        TRY(told(disk_->sync_directory(".")));
    }
    auto locked = disk_->open_locked(domain + "/lock");
    if (!locked && locked.error().is_locked())
        return std::unexpected(fmt::format("somebody else changes the keys of {} at the moment", domain));
    return told(std::move(locked));
}

Result<bool> Folder::has_file(const std::string& domain, const std::string& selector) const {
    return told(disk_->exists(key_file(domain, selector)));
}

Result<void> Folder::write(const std::string& path, const std::string& content) {
    const auto file = TRY(told(disk_->open(path, file::Mode::CreateNew)));
    TRY(told(file->write_at(0, content)));
    return told(file->sync_data());
}

Result<void> Folder::add(const std::string& domain, const std::vector<NewKey>& made) {
    auto all = TRY(keys(domain));
    if (all.size() + made.size() > most_keys)
        return std::unexpected(fmt::format("{} would have more than {} keys", domain, most_keys));
    for (const auto& [key, pem] : made) {
        TRY(write(key_file(domain, key.selector), pem));
        all.push_back(key);
    }
    return replace(domain, all);
}

Result<void> Folder::replace(const std::string& domain, const Keys& keys) {
    const auto unfinished = domain + "/state.new";
    if (const auto removed = disk_->unlink(unfinished); !removed && !removed.error().is_absent())
        return std::unexpected(to_text(removed.error()));
    TRY(write(unfinished, to_text(keys)));
    TRY(told(disk_->sync_directory(domain)));  // the key files, before the state names them
    TRY(told(disk_->rename(unfinished, state_file(domain))));
    return told(disk_->sync_directory(domain));
}

Result<void> Folder::remove_file(const std::string& domain, const std::string& selector) {
    if (const auto removed = disk_->unlink(key_file(domain, selector)); !removed && !removed.error().is_absent())
        return std::unexpected(to_text(removed.error()));
    return told(disk_->sync_directory(domain));
}

}  // namespace signing_keys
