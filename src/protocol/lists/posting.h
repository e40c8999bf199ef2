#pragma once
// What becomes of a message to a list, and how it looks when it goes on to the members. RFC 2369 (List-Help,
// List-Subscribe …), RFC 2919 (List-Id), RFC 8058 (unsubscription by one click), RFC 3834 §2 (loops).
//
// Body and fields stay as they are: fields are put on top, and those of other lists, which RFC 2369 §4 asks to remove,
// go. So signatures (DKIM) of authors hold, but for those that cover such fields.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "lists/settings.h"

namespace lists {

struct Verdict {
    enum class What : std::uint8_t { Distribute, Hold, Reject, Discard };
    What what = What::Discard;
    std::string reason;  // for whoever is told: the sender, the moderators, the log
    bool operator==(const Verdict&) const = default;
};

struct Posted {
    std::string_view header;
    std::string_view reverse_path;  // empty: the null one
    std::uint64_t size = 0;
    bool author_is_member = false;
};
Verdict judge(const List& list, const Posted& posted);

/// Who wrote it, as far as membership goes: the addresses of From, and the reverse-path. Lower case.
std::vector<std::string> authors_of(std::string_view header, std::string_view reverse_path);

/// What goes on top of a posting for one member. `token`: his, for List-Unsubscribe.
std::string fields_on_top(const List& list, std::string_view token);
/// The message without what a list must not pass on. Line ends stay as they are.
std::string passed_on(std::string_view message);
/// Whether a signature (DKIM) names a field that passed_on() removes, or fields_on_top() adds: where it names more of
/// them than there are, none may be added (RFC 6376 §5.4.2).
bool breaks_signature(std::string_view header);

/// "Description <dev.example.org>" (RFC 2919 §2, §3).
std::string list_id(const List& list);

}  // namespace lists
