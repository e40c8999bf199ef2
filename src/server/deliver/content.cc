#include "deliver/content.h"

#include <fcntl.h>

#include <utility>

namespace deliver {
namespace {

file::Descriptor duplicate(const file::Descriptor& blob) {
    return file::Descriptor(blob ? ::fcntl(blob.get(), F_DUPFD_CLOEXEC, 0) : -1);
}

}  // namespace

mailbox::Content content_of(const Job& job) {
    return job.blob ? mailbox::content_of(duplicate(job.blob)) : mailbox::content_of(job.octets);
}

Job copy_of(const Job& job) {
    Job copy;
    std::apply(
        [&](auto... field) {
            const auto copy_one = [&](auto member) {
                if constexpr (std::is_same_v<decltype(member), file::Descriptor Job::*>)
                    copy.*member = duplicate(job.*member);
                else
                    copy.*member = job.*member;
            };
            (copy_one(field), ...);
        },
        fields(&job));
    return copy;
}

}  // namespace deliver
