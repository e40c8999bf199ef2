#pragma once
// The message a command is about: a file, or standard input.

#include <expected>
#include <functional>
#include <string>
#include <string_view>

#include "check/arguments.h"

namespace authentication {

class MessageInput {
public:
    void add_to(CLI::App& app) {
        app.add_option("FILE", path_, "The message; without it, or as -: standard input")->type_name("FILE");
    }

    /// As an option of that name, where the message is not all that the command is about.
    CLI::Option* add_as(CLI::App& app, const std::string& name) {
        return app.add_option(name, path_, "The message; as -: standard input")->type_name("FILE");
    }

    /// Piece by piece. What went wrong, in words.
    std::expected<void, std::string> read(const std::function<void(std::string_view)>& take) const;
    /// Whole, for commands that print it again.
    std::expected<std::string, std::string> read_whole() const;

private:
    std::string path_ = "-";
};

/// A small file whole: a key.
std::expected<std::string, std::string> read_small(const std::string& path);

}  // namespace authentication
