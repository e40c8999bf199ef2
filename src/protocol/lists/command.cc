#include "lists/command.h"

#include "text/ascii.h"

namespace lists {

Command parse_command(std::string_view subject) {
    subject = text::trim(subject);
    while (text::starts_with_ignoring_case(subject, "re:")) subject = text::trim(subject.substr(3));
    if (text::equal_ignoring_case(subject, "subscribe") || text::equal_ignoring_case(subject, "join"))
        return Command::Subscribe;
    if (text::equal_ignoring_case(subject, "unsubscribe") || text::equal_ignoring_case(subject, "leave"))
        return Command::Unsubscribe;
    return Command::Help;
}

}  // namespace lists
