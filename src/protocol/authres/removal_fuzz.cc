#include "authres/removal.h"

#include "fuzz.h"
#include "mime/header.h"

namespace {

std::string remove(std::string_view text, std::size_t length) {
    std::string kept;
    authres::Removal removal({{"mx.example.org"}});
    for (std::size_t at = 0; at < text.size(); at += length) removal.add(text.substr(at, length), kept);
    removal.finish(kept);
    return kept;
}

}  // namespace

// However the octets come, the same is kept; nothing in it is in our name, and the body is what it was.
FUZZ(text) {
    const auto kept = remove(text, text.size() + 1);
    for (const auto length : {1UZ, 3UZ, 64UZ}) VERIFY(remove(text, length) == kept);
    VERIFY(remove(kept, kept.size() + 1) == kept);
    const authres::Ourselves ourselves{{"mx.example.org"}};
    mime::FieldScanner fields(kept);
    while (const auto field = fields.next())
        if (field->is("Authentication-Results")) VERIFY(!authres::is_forged(field->value, ourselves));
    const auto body = mime::divide(text);
    if (body.has_empty_line) VERIFY(kept.ends_with(text.substr(body.header)));
}
