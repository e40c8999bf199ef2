#include "mime/header.h"

#include <string>

#include "fuzz.h"

// The fields, in order and without gaps, are the header; the header, the empty line and the body are the message.
FUZZ(message) {
    const auto division = mime::divide(message);
    VERIFY(division.header <= division.body && division.body <= message.size());
    std::string fields;
    mime::FieldScanner scanner(message);
    while (auto field = scanner.next()) {
        VERIFY(field->offset == fields.size());
        VERIFY(field->name.empty() || mime::is_field_name(field->name));
        VERIFY(!field->whole.empty());
        fields += field->whole;
        VERIFY(mime::unfold(field->value).find_first_of("\r\n") == std::string::npos);
    }
    VERIFY(fields == message.substr(0, division.header));
    VERIFY(scanner.offset() == division.header);
    if (division.has_empty_line)
        VERIFY(message.substr(division.header, division.body - division.header).ends_with('\n'));
    VERIFY(mime::count_hops(message).received == mime::count_fields(message, "Received"));
}
