#include "check/directory_records.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "lang/try.h"
#include "lang/verify.h"

namespace check {
namespace {

constexpr std::chrono::seconds patience{5};

}  // namespace

AsUser::AsUser(uid_t uid, gid_t gid) {
    if (::geteuid() != 0 || uid == 0) return;
    VERIFY(::setegid(gid) == 0 && ::seteuid(uid) == 0);
    is_changed_ = true;
}

AsUser::~AsUser() {
    if (is_changed_) VERIFY(::seteuid(0) == 0 && ::setegid(0) == 0);
}

DirectoryRecords::DirectoryRecords(const site::Host& host) {
    struct stat folder{};
    if (::stat(site::directory_folder(host).c_str(), &folder) != 0) {
        if (errno != ENOENT) unreadable_ = fmt::format("{}: {}", site::directory_folder(host), std::strerror(errno));
        return;
    }
    uid_ = folder.st_uid;
    gid_ = folder.st_gid;
    const AsUser owner(uid_, gid_);
    const auto path = site::directory_database(host);
    if (::access(path.c_str(), F_OK) != 0 && errno == ENOENT) return;
    auto opened = accounts::Database::open(path, accounts::Connection::Missing::Fails, patience);
    if (opened)
        database_ = *std::move(opened);
    else
        unreadable_ = fmt::format("{}: {}", path, accounts::to_text(opened.error()));
}

DirectoryRecords::~DirectoryRecords() {
    const AsUser owner(uid_, gid_);
    database_.reset();
}

accounts::Found<accounts::Domain> DirectoryRecords::domain(std::string_view name) {
    if (!database_) return std::nullopt;
    const AsUser owner(uid_, gid_);
    return database_->domain(name);
}

accounts::Found<accounts::Account> DirectoryRecords::account(std::string_view address) {
    if (!database_) return std::nullopt;
    const AsUser owner(uid_, gid_);
    return database_->account(address);
}

accounts::Found<accounts::Alias> DirectoryRecords::alias(std::string_view name) {
    if (!database_) return std::nullopt;
    const AsUser owner(uid_, gid_);
    return database_->alias(name);
}

std::expected<void, accounts::Error> DirectoryRecords::for_each_entrance(
    const std::function<void(std::string address)>& visit) {
    if (!database_) return {};
    const AsUser owner(uid_, gid_);
    TRY(database_->for_each_alias({}, [&](const accounts::Alias& alias) {
        visit(alias.name);
        return true;
    }));
    return database_->for_each_domain([&](const accounts::Domain& domain) {
        if (!domain.same_as.empty() || !domain.catch_all.empty()) visit("anybody@" + domain.name);
        return true;
    });
}

}  // namespace check
