#include "mime/content_type.h"

#include "fuzz.h"
#include "text/ascii.h"

namespace {

std::string quoted(std::string_view value) {
    std::string text = "\"";
    for (const char c : value) {
        if (c == '"' || c == '\\') text += '\\';
        text += c;
    }
    return text + '"';
}

std::string to_text(const mime::ContentType& content) {
    auto text = content.type + "/" + content.subtype;
    for (const auto& [name, value] : content.parameters) text += "; " + name + "=" + quoted(value);
    return text;
}

}  // namespace

// What is read can be written, and read again the same; the end of parts is a line of its own.
FUZZ(text) {
    if (const auto content = mime::parse_content_type(text)) {
        VERIFY(mime::is_token(content->type) && mime::is_token(content->subtype));
        VERIFY(text::lower(content->type) == content->type);
        VERIFY(to_text(*content).find_first_of("\r\n") == std::string::npos);
        VERIFY(mime::parse_content_type(to_text(*content)) == content);
    }
    const auto line = text.substr(0, text.find('\n'));
    const auto boundary = line.substr(0, line.find('\r'));
    if (!mime::is_boundary(boundary)) return;
    const auto body = text.substr(std::min(line.size() + 1, text.size()));
    if (const auto end = mime::find_end_of_parts(body, boundary)) {
        VERIFY(body.substr(*end).starts_with("--" + std::string(boundary) + "--"));
        VERIFY(*end > 0 && body[*end - 1] == '\n');
        VERIFY(!mime::find_end_of_parts(body.substr(0, *end), boundary));
    }
}
