#include "mime/leaves.h"

#include <algorithm>

#include "mime/parts.h"
#include "mime/transfer.h"

namespace mime {
namespace {

bool is_white(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

/// Holds back what may stand at the end.
class Form {
public:
    explicit Form(LeafReader& reader) : reader_(reader) {}
    void add(std::string_view octets) {
        out_.clear();
        for (const char c : octets) {
            if (is_white(c)) {
                if (c == '\n' && held_.ends_with('\r')) held_.pop_back();
                held_ += c;
                continue;
            }
            out_ += held_;
            held_.clear();
            out_ += c;
        }
        if (!out_.empty()) reader_.take(out_);
    }

private:
    LeafReader& reader_;
    std::string held_;
    std::string out_;
};

}  // namespace

void read_leaves(std::string_view message, LeafReader& reader) {
    if (message.starts_with("From ")) message.remove_prefix(std::min(message.find('\n'), message.size() - 1) + 1);
    for_each_part(message, [&](const Part& part) {
        if (part.has_parts) return;
        reader.begin(part.type);
        Form form(reader);
        decode_transfer(part.body, part.encoding, [&](std::string_view octets) { form.add(octets); });
        reader.end();
    });
}

}  // namespace mime
