#include "mime/leaves.h"

#include "fuzz.h"
#include "mime/parts.h"

namespace {

class Watched final : public mime::LeafReader {
public:
    void begin(std::string_view type) override {
        VERIFY(!is_open_ && type.find('/') != type.npos);
        is_open_ = true;
        ends_white_ = false;
        ++leaves;
    }
    void take(std::string_view octets) override {
        VERIFY(is_open_ && !octets.empty());
        ends_white_ = octets.back() == ' ' || (octets.back() >= '\t' && octets.back() <= '\r');
    }
    void end() override {
        VERIFY(is_open_ && !ends_white_);
        is_open_ = false;
    }
    std::size_t leaves = 0;

private:
    bool is_open_ = false;
    bool ends_white_ = false;
};

}  // namespace

// Whatever a message is made of: it has a leaf at least, leaves do not overlap, and no octet is read twice.
FUZZ(text) {
    Watched watched;
    mime::read_leaves(text, watched);
    VERIFY(watched.leaves >= 1 && watched.leaves <= mime::most_parts);
    const char* last = text.data();
    mime::for_each_part(text, [&](const mime::Part& part) {
        if (part.has_parts) return;
        VERIFY(part.body.data() >= last && part.body.data() + part.body.size() <= text.data() + text.size());
        last = part.body.data() + part.body.size();
    });
}
