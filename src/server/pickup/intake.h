#pragma once
// One dropped message from file to queue: read, its recipients resolved, converted, submitted, and only when it is
// committed removed.
//
// All or nothing: as long as one recipient cannot be looked up, the file stays and is tried again later. A recipient
// that directory refuses goes into the queue too, as a local one: its delivery fails, and the sender gets the bounce
// that qmgr writes for any failure, in one piece with the rest. (A refusal on the spot would need somebody to tell: the
// program that called sendmail is long gone.)

#include <cstdint>
#include <string>

#include "clocks/clock.h"
#include "logs/log.h"
#include "net/stream.h"
#include "pickup/drop_folder.h"
#include "pickup/dropped.h"
#include "site/authentication.h"
#include "submitter/content.h"
#include "submitter/conversion.h"
#include "submitter/directory.h"
#include "submitter/opinions.h"

namespace pickup {

struct Around {
    submitter::Directory& directory;
    submitter::Queue& queue;
    submitter::Opinions& opinions;
    DropFolder& folder;
    logs::Log& log;
    const clocks::Clock& clock;
    std::string hostname;
    std::uint64_t message_size = 0;
    site::Authentication authentication = {};  // as far as it concerns what our own people send
};

/// What became of the file.
enum class Fate : std::uint8_t {
    Taken,
    Stays,    // to be tried again
    Removed,  // or set aside
    Stuck,    // taken, but the file cannot be removed: never to be taken again
};

class Intake {
public:
    Intake(Around& around, std::string name) : around_(around), name_(std::move(name)) {}
    Intake(const Intake&) = delete;
    Intake& operator=(const Intake&) = delete;

    net::Task<Fate> run();

private:
    Fate dispose(const NotTaken& why);
    Fate settle(const submitter::Commitment& commitment);
    net::Task<bool> resolve();
    directory::LookUp question_about(const std::string& address) const;
    mime::Submission submission() const;
    submitter::Trace trace() const;
    net::Task<std::optional<smtp::Reply>> convert();
    net::Task<std::optional<smtp::Reply>> examine(submitter::Content& content);
    void complete_envelope(const mime::Composition& composition);

    Around& around_;
    std::string name_;
    Dropped dropped_;
    qmgr::Submit message_;
    policyd::Judgement judgement_;
};

}  // namespace pickup
