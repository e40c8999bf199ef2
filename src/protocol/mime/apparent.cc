#include "mime/apparent.h"

#include "text/ascii.h"

namespace mime {

bool may_be_read_as(std::string_view name, const Field& field) {
    if (!field.name.empty()) return false;
    const auto text = text::trim(field.whole);
    if (!text::starts_with_ignoring_case(text, name)) return false;
    const auto behind = text.find_first_not_of(" \t\r\n", name.size());
    return behind != std::string_view::npos && text[behind] == ':';
}

}  // namespace mime
