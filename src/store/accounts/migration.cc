#include "accounts/migration.h"

#include <fmt/format.h>

#include "lang/try.h"

namespace accounts {
namespace {

std::expected<std::size_t, Error> version_of(Connection& connection, std::int64_t application, std::size_t newest) {
    const auto found = TRY(connection.number("PRAGMA application_id"));
    const auto version = TRY(connection.number("PRAGMA user_version"));
    if (found != application && (found != 0 || version != 0))
        return std::unexpected(Error{Error::Code::Damaged, "this is another program's database"});
    if (version < 0 || static_cast<std::size_t>(version) > newest)
        return std::unexpected(
            Error{Error::Code::Newer, fmt::format("its schema has version {}, and {} is known here", version, newest)});
    return static_cast<std::size_t>(version);
}

std::expected<void, Error> take_steps(Connection& connection, std::int64_t application,
                                      std::span<const char* const> steps) {
    // Another program may have taken them meanwhile.
    for (auto version = TRY(version_of(connection, application, steps.size())); version < steps.size(); ++version)
        TRY(connection.run(steps[version]));
    TRY(connection.run(fmt::format("PRAGMA application_id = {}", application).c_str()));
    return connection.run(fmt::format("PRAGMA user_version = {}", steps.size()).c_str());
}

}  // namespace

std::expected<void, Error> migrate(Connection& connection, std::int64_t application,
                                   std::span<const char* const> steps) {
    if (TRY(version_of(connection, application, steps.size())) == steps.size()) return {};
    TRY(connection.run("BEGIN IMMEDIATE"));
    auto done = take_steps(connection, application, steps);
    if (done) done = connection.run("COMMIT");
    if (!done) static_cast<void>(connection.run("ROLLBACK"));
    return done;
}

}  // namespace accounts
