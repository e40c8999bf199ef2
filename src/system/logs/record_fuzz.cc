#include "logs/record.h"

#include <array>

#include "fuzz.h"
#include "logs/json_format.h"
#include "text/utf8.h"

// Two properties: whatever stands in the file, what is shown of it is printable; and what we write of any text is read
// back as what was shown to people in the first place.
FUZZ(text) {
    if (const auto record = logs::parse_record(text)) {
        const std::string shown = logs::sentence(*record);
        VERIFY(text::is_utf8(shown));
        for (const char c : shown) VERIFY(static_cast<unsigned char>(c) >= ' ' && c != '\x7f');
    }
    const std::array fields{logs::Field("to", text), logs::Field("count", text.size())};
    const logs::Entry entry{.event = logs::Event::Delivered, .id = 1, .fields = fields, .time = {}};
    std::string line;
    logs::StampCache stamp;
    logs::append_json(line, entry, "p/0", stamp);
    VERIFY(line.find('\n') == std::string::npos);
    const auto again = logs::parse_record(line);
    VERIFY(again.has_value());
    VERIFY(again->find("count") == std::to_string(text.size()));
    VERIFY(again->find("event") == "delivered");
}
