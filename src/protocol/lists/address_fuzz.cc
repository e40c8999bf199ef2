#include "lists/address.h"

#include "fuzz.h"
#include "smtp/path.h"

// What is read can be written again; a name that a list may have is no other list's address; and whoever a posting goes
// to is found again from the address its bounce comes to.
FUZZ(text) {
    if (const auto address = lists::parse_address(text)) {
        VERIFY(lists::to_text(*address) == text);
        VERIFY(address->verb != lists::Verb::Post && !address->list.empty());
        VERIFY(!lists::is_list_name(text));
    }
    if (lists::is_list_name(text))
        VERIFY(smtp::parse_mailbox(std::string(text) + "-unsubscribe@a.example", smtp::Utf8::Refused).has_value());
    if (const auto member = smtp::parse_mailbox(text, smtp::Utf8::Allowed)) {
        const auto written = lists::to_verp(smtp::to_text(*member), 17, "dev");
        const auto bounce = lists::to_text({"dev", lists::Verb::Bounces, written});
        VERIFY(smtp::parse_mailbox(bounce + "@l.example", smtp::Utf8::Refused).has_value());
        const auto address = lists::parse_address(bounce);
        VERIFY(address && address->argument == written);
        const auto read = lists::parse_verp(address->argument);
        VERIFY(read.has_value());
        if (const auto* number = std::get_if<std::int64_t>(&*read)) VERIFY(*number == 17);
    }
    if (const auto read = lists::parse_verp(text); read && std::holds_alternative<std::string>(*read))
        VERIFY(smtp::parse_mailbox(std::get<std::string>(*read), smtp::Utf8::Allowed).has_value());
}
