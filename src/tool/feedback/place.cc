#include "feedback/place.h"

#include <fmt/format.h>
#include <unistd.h>

#include "check/load_all.h"
#include "lang/try.h"
#include "master/make_plan.h"

namespace feedback {

Result<std::unique_ptr<reports::Database>> open(const std::string& configuration) {
    auto loaded = check::load_all(configuration);
    if (!loaded) {
        std::string text;
        for (const auto& problem : loaded.error()) text += (text.empty() ? "" : "\n") + config::to_text(problem);
        return account::refuse(account::misused, std::move(text));
    }
    const auto folder = site::policy_folder(loaded->master);
    if (::access(folder.c_str(), F_OK) == 0) TRY(account::become_owner(folder));
    const auto path = reports::database_file(folder);
    const bool is_there = ::access(path.c_str(), F_OK) == 0;
    using Missing = accounts::Connection::Missing;
    auto opened = reports::Database::open(is_there ? path : ":memory:", is_there ? Missing::Fails : Missing::IsCreated,
                                          std::chrono::seconds(30), {});
    if (!opened) return account::refuse(account::temporary, "the reports: " + accounts::to_text(opened.error()));
    return *std::move(opened);
}

}  // namespace feedback
