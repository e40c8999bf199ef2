#include "lists/posting.h"

#include "fuzz.h"
#include "lists/letters.h"
#include "lists/report.h"
#include "mime/header.h"

// Whatever is posted, what goes on has the list's fields once, and its own body; a second time through the list it is
// discarded. What the list writes itself has the shape of a message.
FUZZ(message) {
    lists::List list;
    list.name = "dev";
    list.domain = "l.example";
    list.description = message.substr(0, 100);
    list.posting = lists::Posting::Anyone;
    const auto passed = lists::passed_on(message);
    const auto whole = lists::fields_on_top(list, "1.0.x") + passed;
    const auto before = mime::divide(message), after = mime::divide(whole);
    VERIFY(whole.substr(after.body) == message.substr(before.body));
    const auto header = std::string_view(whole).substr(0, after.header);
    for (const auto* name : {"List-Id", "List-Unsubscribe", "List-Post", "Precedence"})
        VERIFY(mime::count_fields(header, name) == 1);
    const auto verdict =
        lists::judge(list, {.header = header, .reverse_path = "a@b", .size = whole.size(), .author_is_member = true});
    VERIFY(verdict.what == lists::Verdict::What::Discard);
    static_cast<void>(lists::is_failure(message));
    static_cast<void>(lists::authors_of(message, "a@b"));

    const auto letter =
        lists::rejected(list, {.to = "ann@a.example", .date = {0, 0}, .message_id = "1@l", .original = message});
    const auto division = mime::divide(letter);
    VERIFY(division.has_empty_line);
    mime::FieldScanner fields(std::string_view(letter).substr(0, division.header));
    while (const auto field = fields.next()) VERIFY(!field->name.empty() && field->whole.ends_with("\r\n"));
    VERIFY(mime::count_fields(letter, "To") == 1 && mime::count_fields(letter, "Bcc") == 0);
}
