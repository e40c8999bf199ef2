#pragma once
// A worker's work without the process around it: jobs in, reports out. Blocks.
//
// Jobs for the same Maildir that wait together become one batch with one directory sync, and batches for several
// Maildirs one round, whose syncs run side by side. An open Maildir is kept for the next batch as long as its name
// still leads to it.

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "deliver/job.h"
#include "deliver/obstacle.h"
#include "file/posix_disk.h"
#include "file/together.h"
#include "mailbox/maildir.h"
#include "mailbox/mbox.h"

namespace deliver {

struct Surroundings {
    int root = -1;  // directories held open for as long as this works
    int mail_directory = -1;
    std::uint32_t owner = 0;  // whose files we may write: our own uid
    std::string hostname;
    std::string drop_directory = {};
    mailbox::Locks locks = {};
};

class Writing {
public:
    explicit Writing(Surroundings surroundings);

    /// One report for each job, in whatever order; `done` is called as they come about, so that the other side sees us
    /// alive.
    template <typename Done>
    void carry_out(const std::vector<Job>& jobs, std::int64_t now_seconds, Done done) {
        const auto batches = batches_of(jobs);
        for (auto left = std::span(batches); !left.empty();)
            for (auto& report : next_round(left, now_seconds)) done(std::move(report));
    }

private:
    using Batch = std::vector<const Job*>;
    struct OpenMaildir {
        std::uint64_t device = 0;
        std::uint64_t inode = 0;
        std::unique_ptr<file::PosixDisk> disk;
        std::unique_ptr<file::PosixDisk> whole;  // the Maildir, of a folder of it
        std::unique_ptr<mailbox::Maildir> maildir;
    };

    static std::vector<Batch> batches_of(const std::vector<Job>& jobs);
    static std::span<const Batch> maildirs_of_one_round(std::span<const Batch> batches);
    /// Takes what it does off the front.
    std::vector<Report> next_round(std::span<const Batch>& left, std::int64_t now_seconds);
    std::vector<Report> deliver_to_maildirs(std::span<const Batch> round, std::int64_t now_seconds);
    std::vector<Report> carry_out_one(const Batch& batch, std::int64_t now_seconds);
    Way<std::vector<Report>> deliver_to_mbox(const Batch& batch, int home, std::int64_t now_seconds);
    Way<std::vector<Report>> read_for(const Job& job, int home) const;
    Way<std::vector<Report>> forward_for(const Job& job) const;
    Way<file::Descriptor> home_of(const Job& job) const;
    Way<mailbox::Maildir*> maildir_for(const Job& job, int home);

    Surroundings around_;
    file::SideBySide together_;
    std::map<std::string, OpenMaildir> open_;
};

}  // namespace deliver
