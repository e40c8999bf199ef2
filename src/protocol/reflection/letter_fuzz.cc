#include "reflection/letter.h"

#include "fuzz.h"
#include "mime/header.h"
#include "text/ascii.h"

// Whatever the original is, the answer's own header has the fields that we wrote and no others, and none of its lines
// is longer than mail may have.
FUZZ(original) {
    const auto text = reflection::to_text({.from = {"", "check@example.org"},
                                           .to = "a@d.example",
                                           .date = {},
                                           .unique = "0123abc",
                                           .host = "mx.example.org",
                                           .report = std::string(original.substr(0, 1000)),
                                           .original = original});
    const auto division = mime::divide(text);
    VERIFY(division.has_empty_line);
    std::size_t fields = 0;
    mime::FieldScanner scanner(std::string_view(text).substr(0, division.header));
    while (const auto field = scanner.next()) {
        ++fields;
        VERIFY(!field->name.empty());
        for (const char c : field->value) VERIFY(!text::is_control(c) || c == '\r' || c == '\n' || c == '\t');
    }
    VERIFY(fields >= 8 && fields <= 11);
}
