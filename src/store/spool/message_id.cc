#include "spool/spool.h"

#include "text/crockford.h"

namespace spool {

std::string to_text(MessageId id) {
    auto text = text::to_crockford(id);
    return {text.begin(), text.end()};
}

std::optional<MessageId> parse_message_id(std::string_view text) { return text::parse_crockford(text); }

}  // namespace spool
