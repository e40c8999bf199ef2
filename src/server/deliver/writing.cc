#include "deliver/writing.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <iterator>
#include <set>
#include <utility>

#include "deliver/absence.h"
#include "deliver/content.h"
#include "deliver/forwarding.h"
#include "deliver/reading.h"
#include "lang/try.h"
#include "mailbox/content.h"
#include "mime/trace.h"

namespace deliver {
namespace {

const std::string junk_folder = ".Junk";  // Maildir++; mail programs know it by this name
constexpr std::size_t most_open = 64;
constexpr std::size_t longest_batch = 64;
constexpr std::uint64_t largest_batch = 32 * 1024 * 1024;  // octets: beyond, reports would come too late
constexpr std::size_t most_syncs = 16;                     // side by side

std::string key_of(const Job& job) {
    if (job.task != Task::Deliver) return std::to_string(job.ticket);
    return std::string(1, static_cast<char>(job.base)) + job.home + '\0' + job.path + '\0' +
           static_cast<char>(job.format) + (job.is_junk ? 'j' : ' ') + std::to_string(job.quota_bytes) + ',' +
           std::to_string(job.quota_messages);
}

mailbox::Mail mail_of(const Job& job) {
    return {.queue_id = job.queue_id,
            .recipient = job.recipient,
            .arrived = job.arrived,
            .reverse_path = job.reverse_path,
            .fields = mime::return_path_field(job.reverse_path) + mime::delivered_to_field(job.address),
            .content = content_of(job),
            .size = job.size,
            .may_be_here = job.may_be_here};
}

Report report_of(const Job& job, const mailbox::Outcome& outcome) {
    if (outcome) return {job.ticket, Result::Delivered, {}};
    using enum mailbox::Failure::Code;
    const auto result = [&] {
        switch (outcome.error().code) {
            case Full: return Result::Full;
            case OverQuota: return Result::OverQuota;
            case Locked: return Result::Locked;
            case Unsafe: return Result::Unsafe;
            case Disk: break;
        }
        return outcome.error().error.number == ELOOP ? Result::Unsafe : Result::Failed;
    }();
    return {job.ticket, result, mailbox::to_text(outcome.error())};
}

std::vector<Report> reports_of(const std::vector<const Job*>& batch, const Obstacle& obstacle) {
    std::vector<Report> reports;
    for (const auto* job : batch) reports.push_back({job->ticket, obstacle.result, obstacle.detail});
    return reports;
}

bool is_for_maildir(const Job& job) { return job.task == Task::Deliver && job.format == directory::Format::Maildir; }

}  // namespace

Writing::Writing(Surroundings surroundings) : around_(std::move(surroundings)), together_(most_syncs) {}

std::vector<Writing::Batch> Writing::batches_of(const std::vector<Job>& jobs) {
    std::vector<Batch> batches;
    std::map<std::string, std::size_t> open_batch;  // by mailbox
    std::vector<std::uint64_t> sizes;
    for (const auto& job : jobs) {
        auto [at, is_new] = open_batch.try_emplace(key_of(job), batches.size());
        const bool is_full =
            !is_new && (batches[at->second].size() >= longest_batch || sizes[at->second] >= largest_batch);
        if (is_full) at->second = batches.size();
        if (is_new || is_full) {
            batches.emplace_back();
            sizes.push_back(0);
        }
        batches[at->second].push_back(&job);
        sizes[at->second] += job.size;
    }
    return batches;
}

// No Maildir twice; and of all together no more than of one batch.
std::span<const Writing::Batch> Writing::maildirs_of_one_round(std::span<const Batch> batches) {
    std::set<std::string> keys;
    std::size_t jobs = 0;
    std::uint64_t size = 0;
    std::size_t count = 0;
    for (const auto& batch : batches) {
        if (!is_for_maildir(*batch.front()) || !keys.insert(key_of(*batch.front())).second) break;
        jobs += batch.size();
        for (const auto* job : batch) size += job->size;
        if (count > 0 && (jobs > longest_batch || size > largest_batch)) break;
        // A folder and its Maildir have one quota: what one is about to bring the other does not see.
        const bool has_quota = batch.front()->quota_bytes > 0 || batch.front()->quota_messages > 0;
        if (has_quota && count > 0) break;
        ++count;
        if (has_quota) break;
    }
    return batches.first(count);
}

std::vector<Report> Writing::next_round(std::span<const Batch>& left, std::int64_t now_seconds) {
    const auto round = maildirs_of_one_round(left);
    if (round.empty()) {
        const auto& batch = left.front();
        left = left.subspan(1);
        return carry_out_one(batch, now_seconds);
    }
    left = left.subspan(round.size());
    return deliver_to_maildirs(round, now_seconds);
}

Way<file::Descriptor> Writing::home_of(const Job& job) const {
    const int base = job.base == Base::MailDirectory ? around_.mail_directory : around_.root;
    return owner::open_home(base, job.home, job.base, around_.owner);
}

std::vector<Report> Writing::carry_out_one(const Batch& batch, std::int64_t now_seconds) {
    const Job& job = *batch.front();
    auto attempt = [&]() -> Way<std::vector<Report>> {
        if (job.task == Task::Forward) return forward_for(job);
        const auto home = TRY(home_of(job));
        if (job.task == Task::Read) return read_for(job, home.get());
        return deliver_to_mbox(batch, home.get(), now_seconds);
    };
    auto reports = attempt();
    return reports ? *std::move(reports) : reports_of(batch, reports.error());
}

Way<std::vector<Report>> Writing::read_for(const Job& job, int home) const {
    std::vector<Report> reports;
    reports.push_back({.ticket = job.ticket, .result = Result::Delivered, .detail = {}});
    reports.back().plan = TRY(read_instructions(job, home, around_.owner, around_.hostname));
    return reports;
}

Way<std::vector<Report>> Writing::forward_for(const Job& job) const {
    TRY(forward(job, around_.drop_directory));
    return std::vector<Report>{{.ticket = job.ticket, .result = Result::Delivered, .detail = {}}};
}

Way<mailbox::Maildir*> Writing::maildir_for(const Job& job, int home) {
    auto directory = TRY(owner::open_below(home, job.path, around_.owner));
    TRY(owner::check_maildir(directory.get(), around_.owner));
    file::Descriptor whole;
    if (job.is_junk) {
        whole = std::exchange(directory, TRY(owner::open_below(directory.get(), junk_folder, around_.owner)));
        TRY(owner::check_maildir(directory.get(), around_.owner));
    }
    struct stat status;
    if (::fstat(directory.get(), &status) != 0) return std::unexpected(Obstacle{Result::Failed, std::strerror(errno)});

    auto& known = open_[key_of(job)];
    if (!known.maildir || known.device != status.st_dev || known.inode != status.st_ino) {
        known.device = status.st_dev;
        known.inode = status.st_ino;
        known.maildir.reset();
        known.disk = std::make_unique<file::PosixDisk>(std::move(directory));
        known.whole = whole ? std::make_unique<file::PosixDisk>(std::move(whole)) : nullptr;
        known.maildir = std::make_unique<mailbox::Maildir>(
            *known.disk, ".", around_.hostname, mailbox::Quota{job.quota_bytes, job.quota_messages}, known.whole.get());
    }
    return known.maildir.get();
}

std::vector<Report> Writing::deliver_to_maildirs(std::span<const Batch> round, std::int64_t now_seconds) {
    if (open_.size() + round.size() > most_open) open_.clear();  // here alone: those of this round stay
    struct Delivery {
        const Batch& batch;
        file::Descriptor home;
        std::vector<mailbox::Mail> mails;
    };
    std::vector<Report> reports;
    std::vector<Delivery> deliveries;
    std::vector<mailbox::Posting> postings;
    deliveries.reserve(round.size());
    for (const auto& batch : round) {
        auto home = home_of(*batch.front());
        const auto maildir = home ? maildir_for(*batch.front(), home->get()) : std::unexpected(home.error());
        if (!maildir) {
            std::ranges::move(reports_of(batch, maildir.error()), std::back_inserter(reports));
            continue;
        }
        auto& delivery = deliveries.emplace_back(batch, *std::move(home));
        for (const auto* job : batch) delivery.mails.push_back(mail_of(*job));
        postings.push_back({*maildir, delivery.mails});
    }
    const auto outcomes = mailbox::deliver(postings, now_seconds, together_);
    for (std::size_t i = 0; i < deliveries.size(); ++i) {
        const auto& [batch, home, mails] = deliveries[i];
        for (std::size_t j = 0; j < batch.size(); ++j) {
            reports.push_back(report_of(*batch[j], outcomes[i][j]));
            if (batch[j]->base == Base::MailDirectory && outcomes[i][j] && !batch[j]->is_junk)
                answer_if_away(*batch[j], home.get(), around_.hostname, around_.drop_directory, now_seconds);
        }
    }
    return reports;
}

Way<std::vector<Report>> Writing::deliver_to_mbox(const Batch& batch, int home, std::int64_t now_seconds) {
    const auto& path = batch.front()->path;
    const auto slash = path.rfind('/');
    const auto name = slash == path.npos ? path : path.substr(slash + 1);
    auto directory = TRY(owner::open_below(home, slash == path.npos ? "" : path.substr(0, slash), around_.owner));
    TRY(owner::check_mbox(directory.get(), name, around_.owner));
    file::PosixDisk disk(std::move(directory));
    mailbox::Mbox mbox(disk, name, around_.locks);
    std::vector<Report> reports;
    for (const auto* job : batch) reports.push_back(report_of(*job, mbox.deliver(mail_of(*job), now_seconds)));
    return reports;
}

}  // namespace deliver
