#pragma once
// Telling a sender what became of a message: builds the notification as a message of the queue's own, from the null
// reverse-path, so that it is never itself reported on. RFC 3461 §6, RFC 3464, RFC 5321 §4.5.5, §6.1.

#include <cstdint>
#include <string>
#include <vector>

#include "clocks/clock.h"
#include "dsn/report.h"
#include "qmgr/conclusion.h"
#include "qmgr/retry.h"
#include "qmgr/settings.h"
#include "spool/spool.h"

namespace qmgr {

/// Which of the recipients one notification is about.
enum class Notice : std::uint8_t { Failure, Delay, Success };

/// Whether somebody asked, or did not ask not, to be told.
bool tells_anybody(Notice notice, const Conclusion& conclusion);
bool tells_anybody(const Verdict& verdict, const Conclusion& conclusion);

constexpr Notice all_notices[]{Notice::Failure, Notice::Delay, Notice::Success};

dsn::Report report_of(Notice notice, const Conclusion& conclusion, const Settings& settings, std::int64_t now);

/// A notification, ready to be accepted into the spool in the transaction that settles what it reports.
struct WrittenNotice {
    Notice notice = Notice::Failure;
    spool::Accept accept;
    std::vector<std::string> destinations;  // of its tasks
};

class NoticeWriter {
public:
    NoticeWriter(const Settings& settings, spool::Spool& spool, const clocks::Clock& clock, Random& random)
        : settings_(settings), spool_(spool), clock_(clock), random_(random) {}

    /// An error where the disk does not give or take what is needed.
    file::Result<WrittenNotice> write(Notice notice, const dsn::Report& report, const Conclusion& about,
                                      const spool::Stored& original, const std::vector<spool::Recipient>& to);

private:
    std::string random_word();
    file::Result<dsn::Notification> text_of(const dsn::Report& report, const Conclusion& about,
                                            const spool::Stored& original, spool::MessageId id);
    file::Result<spool::Body> body_of(std::string octets);

    const Settings& settings_;
    spool::Spool& spool_;
    const clocks::Clock& clock_;
    Random& random_;
};

}  // namespace qmgr
