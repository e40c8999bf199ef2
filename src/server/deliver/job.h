#pragma once
// What deliver and its workers say to each other. A worker is a fork of deliver that has become the owner of mailboxes:
// it is told where to put which octets, and says how that went. deliver itself never touches a mailbox.
//
// Hostile: a worker runs as the user whose mail it writes, so deliver believes it no more than that user: its reports
// count only for jobs it was given, and its words go to the log, not to the sender.

#include <cstdint>
#include <string>
#include <tuple>
#include <variant>
#include <vector>

#include "deliver/plan.h"
#include "directory/inbox.h"
#include "file/descriptor.h"
#include "owner/owner.h"

namespace deliver {

using owner::Base;
using owner::Owner;

enum class Task : std::uint8_t {
    Deliver,
    Read,     // the owner's instructions: reported as a Plan
    Forward,  // the message, to `forwards`, from reverse_path
};

struct Job {
    std::uint64_t ticket = 0;
    Base base = Base::Root;
    std::string home;  // below base, without "/" at its front
    std::string path;  // below home: the Maildir or the mbox
    directory::Format format = directory::Format::Maildir;
    bool is_junk = false;  // of a Maildir: into its folder for junk
    std::uint64_t quota_bytes = 0;
    std::uint64_t quota_messages = 0;
    std::string queue_id;
    std::uint32_t recipient = 0;
    std::int64_t arrived = 0;  // milliseconds since 1970
    std::string address;
    std::string reverse_path;
    bool may_be_here = false;  // see mailbox::Mail
    std::string octets;
    file::Descriptor blob;
    std::uint64_t size = 0;
    Task task = Task::Deliver;
    std::string user = {};
    directory::Instructions instructions = directory::Instructions::None;
    bool has_extension = false;
    std::string extension = {};
    std::vector<std::string> forwards = {};
    bool operator==(const Job&) const = default;
};
constexpr auto fields(const Job*) {
    return std::tuple{
        &Job::ticket,       &Job::base,           &Job::home,          &Job::path,      &Job::format,  &Job::is_junk,
        &Job::quota_bytes,  &Job::quota_messages, &Job::queue_id,      &Job::recipient, &Job::arrived, &Job::address,
        &Job::reverse_path, &Job::may_be_here,    &Job::octets,        &Job::blob,      &Job::size,    &Job::task,
        &Job::user,         &Job::instructions,   &Job::has_extension, &Job::extension, &Job::forwards};
}

enum class Result : std::uint8_t {
    Delivered,
    OverQuota,        // the mailbox's own limit
    Full,             // the disk, or the filesystem's quota
    Locked,           // mbox: in use
    NoHome,           // missing or not reachable
    Unsafe,           // owner, permissions or kind of a file are not as they must be
    Failed,           // a call failed
    NoMailbox,        // there are no instructions for the extension
    BadInstructions,  // as they stand: the owner may mend them
    Lost,             // never from a worker: it died or does not answer; the mail may be in the mailbox or not
};

struct Report {
    std::uint64_t ticket = 0;
    Result result = Result::Lost;
    std::string detail;  // for the log: which call, which file
    Plan plan = {};      // of Task::Read
    bool operator==(const Report&) const = default;
};
constexpr auto fields(const Report*) {
    return std::tuple{&Report::ticket, &Report::result, &Report::detail, &Report::plan};
}

using ToWorker = std::variant<Job>;
using FromWorker = std::variant<Report>;

}  // namespace deliver
