#include "list/place.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <ctime>

#include "check/load_all.h"
#include "file/descriptor.h"
#include "lang/try.h"
#include "listbook/names.h"
#include "master/make_plan.h"
#include "text/ascii.h"
#include "text/idna.h"

namespace list {
namespace {

constexpr std::chrono::seconds patience{30};

}  // namespace

Result<Place> Place::open(const std::string& configuration, For purpose) {
    auto loaded = check::load_all(configuration);
    if (!loaded) {
        std::string text;
        for (const auto& problem : loaded.error()) text += (text.empty() ? "" : "\n") + config::to_text(problem);
        return refuse(2, std::move(text));
    }
    const auto plan = master::make_plan(loaded->master, {});
    Place place;
    place.hostname_ = plan.hostname;
    place.folder_ = plan.lists_folder;
    place.dkim_ = loaded->master.dkim;
    const bool is_there = ::access(place.folder_.c_str(), F_OK) == 0;
    if (purpose == For::Writing || is_there) {
        const bool privileged = ::geteuid() == 0;
        if (purpose == For::Writing && (privileged || !is_there))
            if (auto made = master::make_lists_folder(plan, privileged); !made)
                return refuse(1, std::move(made).error());
        TRY(account::become_owner(place.folder_));
    }
    ::umask(077);
    const auto path = listbook::database_file(place.folder_);
    const bool has_database = ::access(path.c_str(), F_OK) == 0;
    using accounts::Connection;
    // Who only asks makes nothing: an empty database that stays in memory will do.
    place.database_ = TRY(known(listbook::Database::open(
        has_database || purpose == For::Writing ? path : ":memory:",
        has_database ? Connection::Missing::Fails : Connection::Missing::IsCreated, patience)));
    return place;
}

std::int64_t Place::now() const { return std::time(nullptr); }

bool Place::is_signed_for(const std::string& address) const {
    return dkim_.sign && std::ranges::any_of(site::signing_domains(dkim_, address), [&](const auto& domain) {
               return !site::signing_keys(dkim_, domain).empty();
           });
}

Result<listbook::Entry> Place::find(const std::string& address) {
    const auto at = address.rfind('@');
    if (at == std::string::npos) return refuse(2, fmt::format("{} is no address: write list@domain", address));
    const auto domain = text::to_a_labels(address.substr(at + 1)).value_or("");
    auto entry = TRY(known(database_->find(text::lower(address.substr(0, at)), domain)));
    if (!entry) return refuse(1, fmt::format("there is no list {}", address));
    return *std::move(entry);
}

Result<> Place::commit(const std::function<Result<>()>& change) {
    // Of two commands at once, the names that are written last are those of the last commit.
    const file::Descriptor folder(::open(folder_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!folder || ::flock(folder.get(), LOCK_EX) != 0) return refuse(75, folder_ + " cannot be locked");
    TRY(known(database_->begin()));
    auto result = change();
    if (result) result = known(database_->commit());
    if (!result) {
        database_->roll_back();
        return result;
    }
    std::vector<std::string> names;
    for (const auto& entry : TRY(known(database_->all()))) names.push_back(address_of(entry.list));
    if (auto written = listbook::write_names(folder_, names); !written)
        return refuse(75, file::to_text(written.error()));
    if (::fsync(folder.get()) != 0) return refuse(75, folder_ + " cannot be synced");
    return {};
}

}  // namespace list
