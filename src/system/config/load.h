#pragma once
// A process's own settings out of the configuration that all share. Keys of other processes are passed over; that a key
// is known to somebody is checked once, by `hermod check` and before serving (config/schema.h).

#include <expected>
#include <stdexcept>
#include <string>
#include <string_view>

#include "config/parse.h"
#include "config/value.h"

namespace config {

/// Everything that is wrong for C in the document.
template <Structure C>
std::expected<C, Problems> read(const Document& document) {
    Problems problems;
    Reading reading(document, problems);
    C settings_read{};
    read_structure(document.root, settings_read, reading);
    if (!problems.empty()) return std::unexpected(std::move(problems));
    return settings_read;
}

/// For a child of master: the text was checked before it was handed over.
template <Structure C>
C load(std::string_view checked) {
    auto document = parse_text(checked, "configuration");
    if (!document) throw std::runtime_error(to_text(document.error().front()));
    auto settings_read = read<C>(*document);
    if (!settings_read) throw std::runtime_error(to_text(settings_read.error().front()));
    return *std::move(settings_read);
}

}  // namespace config
