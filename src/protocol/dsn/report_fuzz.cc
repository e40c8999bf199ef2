#include "dsn/report.h"

#include "fuzz.h"
#include "mime/eight_bit.h"
#include "mime/header.h"
#include "text/ascii.h"

// Whatever the outside chose, a notification has exactly three parts and clean lines, and is 7-bit where it says so.
FUZZ(outside) {
    constexpr std::string_view boundary = "0123456789abcdef";
    if (dsn::contains_boundary(outside, boundary)) return;
    const std::string text(outside);
    const dsn::Recipient recipient{text, text, dsn::Action::Failed, text, text, text, {}, {}};
    dsn::Writing writing;
    writing.to = "a@b";
    writing.boundary = boundary;
    writing.original_header = outside;
    writing.wants_whole_original = false;
    writing.smtputf8 = outside.size() % 2;
    const auto notification = dsn::write({"host", text, {}, {recipient}}, writing);
    const auto message = notification.prefix + notification.suffix;
    std::size_t delimiters = 0;
    const auto delimiter = "\r\n--" + std::string(boundary);
    for (auto at = message.find(delimiter); at != std::string::npos; at = message.find(delimiter, at + 1)) ++delimiters;
    VERIFY(delimiters == 4 && message.ends_with(delimiter + "--\r\n"));
    mime::Composition composition;
    composition.add(message);
    VERIFY(!composition.has_bare_line_end() && !composition.has_8bit_header());
    VERIFY(notification.needs_8bit == composition.has_8bit());
    VERIFY(mime::count_fields(message, "To") == 1 && mime::count_fields(message, "Auto-Submitted") == 1);
}
