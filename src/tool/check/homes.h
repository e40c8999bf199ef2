#pragma once
// What users of this system say in their homes of where mail goes on: the edges that aliases do not know of. As far as
// whoever checks may read it; nothing is changed, and no link is followed.
//
// Hostile: homes are their users'. Only a regular file of a sensible length is read, and what is in it only compared.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "addressing/rounds.h"
#include "directory/config.h"

namespace check {

class Homes {
public:
    explicit Homes(const directory::Config& config);

    addressing::Existence user(std::string_view name) const;
    std::vector<addressing::Onward> onward(const addressing::Delivery& delivery) const;
    /// The addresses of users who have instructions.
    std::vector<std::string> entrances() const;

private:
    struct Known {
        std::uint32_t uid = 0;
        std::string home;
    };
    const std::optional<Known>& find(const std::string& name) const;
    site::Instructions allowed_at(const std::string& domain) const;
    std::vector<addressing::Onward> lines_of(const std::string& path, const addressing::Delivery& delivery,
                                             site::Instructions kind) const;
    void add_entrances(const std::string& name, const std::string& home, std::vector<std::string>& found) const;

    std::string hostname_;
    std::uint32_t least_uid_;
    std::map<std::string, site::Domain, std::less<>> domains_;  // by canonical names
    mutable std::unordered_map<std::string, std::optional<Known>> known_;
};

}  // namespace check
