#include "mailbox/mbox.h"

#include <fmt/format.h>

#include <ctime>

#include "lang/try.h"
#include "mailbox/locks.h"
#include "mailbox/stored_form.h"
#include "text/ascii.h"

namespace mailbox {

std::string from_line(std::string_view reverse_path, std::int64_t unix_seconds) {
    std::string sender(reverse_path.empty() ? "MAILER-DAEMON" : reverse_path);
    for (char& c : sender)
        if (c == ' ' || text::is_control(c)) c = '-';
    const auto seconds = static_cast<std::time_t>(unix_seconds);
    std::tm utc{};
    ::gmtime_r(&seconds, &utc);
    char date[32];
    std::strftime(date, sizeof date, "%a %b %e %H:%M:%S %Y", &utc);  // the C locale: we never set another
    return fmt::format("From {} {}\n", sender, date);
}

file::Result<std::unique_ptr<file::OpenFile>> Mbox::open_or_make() {
    auto file = disk_.open(path_, file::Mode::Write);
    if (file || !file.error().is_absent()) return file;
    auto made = disk_.open(path_, file::Mode::CreateNew);
    if (!made && made.error().exists()) return disk_.open(path_, file::Mode::Write);
    if (!made) return made;
    const auto slash = path_.rfind('/');
    TRY(disk_.sync_directory(slash == path_.npos ? "." : path_.substr(0, slash)));
    return made;
}

Outcome Mbox::deliver(const Mail& mail, std::int64_t now_seconds) {
    auto file = TRY(open_or_make());
    auto locked = TRY(Locked::take(disk_, path_, *file, locks_));
    return append(*file, mail, now_seconds);
}

Outcome Mbox::append(file::OpenFile& file, const Mail& mail, std::int64_t now_seconds) {
    const auto end = TRY(file.size());
    // In the wild: a file whose last line was left open would swallow our From line.
    const auto last = end == 0 ? std::string("\n") : TRY(file.read_at(end - 1, 1));
    const auto begin = (last == "\n" ? "" : "\n") + from_line(mail.reverse_path, now_seconds);
    const auto write = [&]() -> file::Result<void> {
        TRY(file.write_at(end, begin));
        const auto size = TRY(write_stored(file, end + begin.size(), mail, Quoting::Mboxrd));
        TRY(file.write_at(end + begin.size() + size, "\n"));
        return file.sync_data();
    };
    if (auto written = write(); !written) {
        // After a failed sync there is no second one; the cut itself may be lost in a power cut, the error is what
        // counts.
        static_cast<void>(file.truncate(end));
        return std::unexpected(Failure(written.error()));
    }
    return {};
}

}  // namespace mailbox
