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
#include "pickup/conversion.h"
#include "pickup/drop_folder.h"
#include "pickup/dropped.h"
#include "pickup/neighbours.h"

namespace pickup {

struct Around {
    Directory& directory;
    Queue& queue;
    DropFolder& folder;
    logs::Log& log;
    const clocks::Clock& clock;
    std::string hostname;
    std::uint64_t message_size = 0;
};

/// What became of the file.
enum class Fate : std::uint8_t { Taken, Stays, Removed };

class Intake {
public:
    Intake(Around& around, std::string name) : around_(around), name_(std::move(name)) {}
    Intake(const Intake&) = delete;
    Intake& operator=(const Intake&) = delete;
    ~Intake();

    net::Task<Fate> run();

private:
    Fate dispose(const NotTaken& why);
    Fate settle(const Commitment& commitment);
    net::Task<bool> resolve();
    mime::Submission submission() const;
    net::Task<std::optional<smtp::Reply>> convert();
    net::Task<std::optional<smtp::Reply>> spill(std::string& output);
    std::optional<smtp::Reply> write_out(std::string& output);
    void complete_envelope(const mime::Composition& composition);

    Around& around_;
    std::string name_;
    Dropped dropped_;
    qmgr::Submit message_;
    smtpd::BlobOpened blob_;  // ticket 0: none
    std::uint64_t written_ = 0;
};

}  // namespace pickup
