#include "spool/spares.h"

#include <cerrno>

#include "lang/try.h"
#include "spool/segment.h"

namespace spool {
namespace {

constexpr auto pause_after_failure = std::chrono::seconds(1);

/// A file that reuse needs not change but in its octets: all blocks are there, and written.
file::Result<void> make_segment(file::Disk& disk, const std::string& path, std::uint64_t size,
                                std::uint64_t keep_free) {
    std::uint64_t left = TRY(disk.free_bytes());
    if (left < size + keep_free) return std::unexpected(file::Error{ENOSPC, "make a segment", path});
    auto segment = TRY(disk.open(path, file::Mode::CreateNew));
    auto made = segment->fill_with_zeros(size);
    if (made) made = segment->sync_data();
    if (!made) static_cast<void>(disk.unlink(path));
    return made;
}

}  // namespace

void Spares::adopt(std::uint64_t number) {
    ready_.push_back(number);
    next_number_ = std::max(next_number_, number + 1);
}

std::string Spares::take() {
    std::string path = spare_path(ready_.front());
    ready_.pop_front();
    return path;
}

file::Result<void> Spares::make_one(std::uint64_t at_least) {
    std::uint64_t number = next_number_++;
    if (auto made = make_segment(disk_, spare_path(number), std::max(options_.segment_size, at_least), 0); !made)
        return made;
    ready_.push_back(number);
    return {};
}

void Spares::replenish() {
    if (is_making_ || ready_.size() + recycling_ >= wanted) return;
    if (failed_at_ && clock_.steady() - *failed_at_ < pause_after_failure) return;
    const auto left = disk_.free_bytes();
    if (left && *left < options_.segment_size + options_.keep_free) {
        failed_at_ = clock_.steady();
        return;
    }
    is_making_ = true;
    auto made = std::make_shared<file::Result<void>>();
    std::uint64_t number = next_number_++;
    background_.run(
        [made, &disk = disk_, number, options = options_] {
            *made = make_segment(disk, spare_path(number), options.segment_size, options.keep_free);
        },
        [this, made, number, alive = std::weak_ptr(alive_)] {
            if (alive.expired()) return;
            is_making_ = false;
            if (*made) {
                failed_at_.reset();
                ready_.push_back(number);
            } else {
                failed_at_ = clock_.steady();
                if (!made->error().is_full()) on_report("cannot make a journal segment: " + to_text(made->error()));
            }
            replenish();
            on_change();
        });
}

void Spares::recycle(std::uint64_t segment) {
    bool keep = ready_.size() + recycling_ < options_.most_spares;
    if (keep) ++recycling_;
    auto result = std::make_shared<file::Result<void>>();
    std::uint64_t number = next_number_++;
    background_.run(
        [result, &disk = disk_, segment, number, keep] {
            std::string path = segment_path(segment);
            *result = keep ? disk.rename(path, spare_path(number)) : disk.unlink(path);
        },
        [this, result, number, keep, alive = std::weak_ptr(alive_)] {
            if (alive.expired()) return;
            if (keep) --recycling_;
            if (!*result) return on_report("cannot recycle a journal segment: " + to_text(result->error()));
            if (keep) ready_.push_back(number);
            on_change();
        });
}

}  // namespace spool
