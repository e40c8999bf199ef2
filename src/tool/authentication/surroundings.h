#pragma once
// What the standards' commands share: whom they ask for the DNS, and what time it is.

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "check/arguments.h"
#include "dns/answer.h"

namespace authentication {

/// --dns-table FILE, --resolver IP[:PORT] or else [dns] of the configuration.
class Dns {
public:
    void add_to(CLI::App& app);
    /// The file that --config or the environment names.
    const std::string& configuration() const { return configuration_.path; }

    /// Asks question after question until there is none. What is wrong with the table or the resolver, in words.
    std::optional<std::string> answer_all(const std::function<const std::optional<dns::Question>&()>& next,
                                          const std::function<void(const dns::Answer&)>& answer) const;

    /// The same for a machine with question() and answer().
    template <typename Machine>
    std::optional<std::string> answer_all_of(Machine& machine) const {
        return answer_all([&]() -> const std::optional<dns::Question>& { return machine.question(); },
                          [&](const dns::Answer& answer) { machine.answer(answer); });
    }

private:
    check::ConfigurationPath configuration_;
    std::string table_;
    std::string resolver_;
};

/// --now UNIXTIME
struct Now {
    std::optional<std::int64_t> given;

    void add_to(CLI::App& app) {
        app.add_option("--now", given, "The time, in seconds since 1970; else the clock's")->type_name("UNIXTIME");
    }
    std::int64_t seconds() const {
        const auto clock = std::chrono::system_clock::now().time_since_epoch();
        return given.value_or(std::chrono::duration_cast<std::chrono::seconds>(clock).count());
    }
};

constexpr int temporary = 75;  // EX_TEMPFAIL

/// Says on standard error why `hermod COMMAND` cannot be carried out; the exit status.
int refuse(std::string_view command, std::string_view why);

/// An option that may stand several times, with one value each: what stands behind a value is none of it.
void repeatable(CLI::Option* option);

/// Octets as a JSON text: what is not UTF-8 becomes U+FFFD.
std::string json_text(std::string_view octets);

}  // namespace authentication
