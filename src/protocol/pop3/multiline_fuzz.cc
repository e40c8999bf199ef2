#include "pop3/multiline.h"

#include <algorithm>
#include <vector>

#include "fuzz.h"

// Whatever a message is: the response ends once, at its end; taking the dots away again gives lines that differ from
// the message's only in their ends; it is as long as was said; and how the message comes in pieces changes nothing.
namespace {

std::string written(std::string_view message, std::size_t piece) {
    pop3::MessageWriter writer;
    std::string out;
    for (std::size_t at = 0; at < message.size(); at += piece) writer.write(message.substr(at, piece), out);
    writer.finish(out);
    return out;
}

std::vector<std::string> lines_of(std::string_view message) {
    std::vector<std::string> lines;
    while (!message.empty()) {
        const auto end = message.find('\n');
        auto line = message.substr(0, end);
        if (end != message.npos && line.ends_with('\r')) line.remove_suffix(1);
        lines.emplace_back(line);
        message.remove_prefix(end == message.npos ? message.size() : end + 1);
    }
    return lines;
}

}  // namespace

FUZZ(message) {
    const auto whole = written(message, message.size() + 1);
    VERIFY(whole == written(message, 1) && whole == written(message, 3));
    std::string_view rest = whole;
    std::vector<std::string> lines;
    std::size_t stuffed = 0;
    while (true) {
        const auto end = rest.find("\r\n");
        VERIFY(end != rest.npos);
        auto line = rest.substr(0, end);
        rest.remove_prefix(end + 2);
        if (line == ".") break;
        if (line.starts_with('.')) line.remove_prefix(1), ++stuffed;
        lines.emplace_back(line);
    }
    VERIFY(rest.empty());
    VERIFY(lines == lines_of(message));
    pop3::WireSize size;
    size.count(message);
    VERIFY(size.octets() + stuffed + 3 == whole.size());
}
