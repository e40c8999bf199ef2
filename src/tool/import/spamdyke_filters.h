#pragma once
// What spamdyke refuses before it hears a message, as [screening] has it: clients by their names, lists in the DNS,
// senders who could not be answered.

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "import/draft.h"
#include "import/lines.h"

namespace import {

class SpamdykeFilters {
public:
    SpamdykeFilters(const Reader& named, Report& report) : named_(named), report_(report) {}

    /// False: the option is none of these.
    bool take(std::string_view name, std::string_view value, const Origin& origin);
    void write(Draft& draft);

private:
    using Values = std::vector<std::pair<std::string, Origin>>;

    bool take_switch(std::string_view name, std::string_view value, const Origin& origin);
    bool take_values(std::string_view name, std::string_view value, const Origin& origin);
    void take_value(Values& values, std::string_view value, const Origin& origin);
    void take_senders(std::string_view value, const Origin& origin);
    std::vector<std::string> keywords(const Values& values);
    void write_address_in_name(Draft& draft);
    void add_lists(const Values& zones, const std::vector<std::string_view>& things, bool allows, std::string& lists);

    const Reader& named_;
    Report& report_;
    struct Switch {
        bool is_on = false;
        Origin origin = {};
    };
    Switch no_name_, unresolved_name_, address_in_country_name_, sender_domain_;
    Values keywords_, not_keywords_;
    Values blacklists_, whitelists_, name_blacklists_, name_whitelists_;
};

}  // namespace import
