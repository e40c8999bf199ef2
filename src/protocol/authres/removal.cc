#include "authres/removal.h"

#include <algorithm>

#include "authres/reading.h"
#include "mime/header.h"
#include "text/ascii.h"

namespace authres {

bool Ourselves::has(std::string_view authserv_id) const {
    return std::ranges::any_of(authserv_ids, [&](const std::string& ours) {
        return text::equal_ignoring_case(ours, text::trim(authserv_id));
    });
}

bool is_forged(std::string_view value, const Ourselves& ourselves) {
    text::Cursor in(value);
    if (!skip_cfws(in)) return true;
    const auto id = take_value(in);
    // "spf=pass": the name was left out, and some readers do not miss it.
    if (!id || id->empty() || id->contains('=')) return true;
    auto name = std::string_view(*id);
    if (name.ends_with('.')) name.remove_suffix(1);
    return ourselves.has(name) || ourselves.has(*id);
}

std::string without_forged(std::string_view header, const Ourselves& ourselves,
                           const std::function<void(std::string_view value)>& removed) {
    std::string kept;
    mime::FieldScanner fields(header);
    while (const auto field = fields.next()) {
        if (field->is("Authentication-Results") && is_forged(field->value, ourselves)) {
            if (removed) removed(field->value);
        } else {
            kept += field->whole;
        }
    }
    return kept.append(header.substr(fields.offset()));
}

}  // namespace authres
