#include "deliver/absence.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "answered/record.h"
#include "deliver/content.h"
#include "drop/letter.h"
#include "mime/header.h"
#include "vacation/away.h"

namespace deliver {
namespace {

constexpr std::size_t largest_header = 512 * 1024;

/// Empty: longer than any, or it cannot be read.
std::string header_of(const Job& job) {
    const auto content = content_of(job);
    std::string front;
    while (front.size() < largest_header) {
        const auto piece = content(front.size(), largest_header - front.size());
        if (!piece || piece->empty()) break;
        front += *piece;
        const auto division = mime::divide(front);
        if (division.has_empty_line) return front.substr(0, division.header);
    }
    return {};
}

}  // namespace

void answer_if_away(const Job& job, int home, const std::string& hostname, const std::string& drop_directory,
                    std::int64_t now_seconds) {
    struct stat status;
    if (::fstatat(home, vacation::away_file, &status, AT_SYMLINK_NOFOLLOW) != 0) return;  // as nearly always
    const auto text = answered::read_notice(home, vacation::away_file, vacation::longest_away);
    if (!text) return;
    const auto away = vacation::parse_away(*text);
    if (!away.is_now(now_seconds)) return;
    const auto notice = vacation::notice_of(away, job.address);
    const auto header = header_of(job);
    if (header.empty() || vacation::why_not(notice, header, job.reverse_path)) return;
    const auto verdict = answered::note(home, vacation::answered_file, job.reverse_path, now_seconds, away.period());
    if (!verdict || *verdict == answered::Verdict::NotAgain) return;
    const auto answer =
        vacation::answer(notice, header, job.reverse_path,
                         {.date = {now_seconds, 0}, .message_id = drop::unique_name() + "@" + hostname});
    static_cast<void>(drop::leave_letter(drop_directory, job.reverse_path, answer));
}

}  // namespace deliver
