#pragma once
// main.cf of Postfix: "name = value", lines that begin with blanks go on with the one before, "$name", "${name}" and
// "$(name)" stand for another parameter's value. postconf(5).

#include <expected>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "import/lines.h"

namespace import {

struct Parameter {
    std::string value;  // as written
    Origin origin;
};

class MainCf {
public:
    static MainCf parse(const File& file, Report& report);

    const std::map<std::string, Parameter, std::less<>>& parameters() const { return parameters_; }
    bool is_set(std::string_view name) const { return parameters_.contains(name); }
    Origin origin(std::string_view name) const;
    /// With other parameters put in. Of what is not set: Postfix's default, where it matters to us; else nothing.
    /// Hostile: parameters may name each other in circles, or grow without end.
    std::expected<std::string, std::string> value(std::string_view name) const;

private:
    std::string raw(std::string_view name) const;

    std::string path_;
    std::map<std::string, Parameter, std::less<>> parameters_;
};

/// The elements of a list: commas and blanks are between them.
std::vector<std::string> list_of(std::string_view value);

}  // namespace import
