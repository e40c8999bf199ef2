#include "mime/automatic.h"

#include <string>

#include "fuzz.h"
#include "mime/header.h"

// Whatever a header says: with a mark of automatic mail on top of it, or the null sender, nobody answers it; and who
// may not answer at all may not do so in a person's name.
FUZZ(message) {
    const std::string own[] = {"ann@example.org"};
    const auto marked = "Auto-Submitted: auto-replied\r\n" + std::string(message);
    VERIFY(!mime::may_answer(marked, "bob@example.net"));
    VERIFY(!mime::may_answer(message, ""));
    const auto personal = mime::why_no_personal_answer(message, "bob@example.net", own);
    if (!mime::may_answer(message, "bob@example.net")) VERIFY(personal.has_value());
    if (mime::count_fields(message, "List-Id") > 0) VERIFY(personal.has_value());
    if (personal) VERIFY(!mime::describe(*personal).empty());
}
