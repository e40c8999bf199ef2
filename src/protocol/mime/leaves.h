#pragma once
// The leaves of a message: the parts that have no parts, in their order, each decoded and brought into one form, so
// that two who read a message can compare what they have read. A message within a message is gone into.
//
// That form: transfer encoding undone, CRLF made LF, white space at the end left out; an mbox "From " line on top of
// the message is none of it.

#include <functional>
#include <string>
#include <string_view>

namespace mime {

class LeafReader {
public:
    virtual ~LeafReader() = default;
    virtual void begin(std::string_view type) = 0;  // "text/plain", lower case
    virtual void take(std::string_view octets) = 0;
    virtual void end() = 0;
};

void read_leaves(std::string_view message, LeafReader& reader);

}  // namespace mime
