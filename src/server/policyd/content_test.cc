#include "policyd/content.h"

#include <gtest/gtest.h>
#include <sys/mman.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

namespace policyd {
namespace {

struct Reading {
    bool done = false;
    std::string octets;
    std::size_t longest = 0;
};

/// `meanwhile`: what happens between two pieces.
Reading read(const Content& content, const std::function<void()>& meanwhile = [] {}) {
    boost::asio::io_context context;
    Reading reading;
    const auto take = [&](std::string_view piece) {
        reading.octets += piece;
        reading.longest = std::max(reading.longest, piece.size());
    };
    boost::asio::co_spawn(context, content.read(take), [&](std::exception_ptr thrown, bool done) {
        ASSERT_FALSE(thrown);
        reading.done = done;
    });
    while (context.run_one() > 0) meanwhile();
    return reading;
}

file::Descriptor file_of(std::string_view octets) {
    file::Descriptor file(::memfd_create("content", MFD_CLOEXEC));
    EXPECT_EQ(::pwrite(file.get(), octets.data(), octets.size(), 0), static_cast<ssize_t>(octets.size()));
    return file;
}

std::string long_text() {
    std::string text;
    while (text.size() < 1'000'000) text += std::to_string(text.size()) + "\r\n";
    return text;
}

TEST(PolicydContent, ReadsWhatIsInMemoryAndWhatIsInAFileTheSame) {
    const auto text = long_text();
    const Content in_memory(text, {}, text.size());
    const Content in_file("", file_of(text), text.size());
    for (const auto* content : {&in_memory, &in_file}) {
        for (int round = 0; round < 2; ++round) {
            const auto reading = read(*content);
            EXPECT_TRUE(reading.done);
            EXPECT_EQ(reading.octets, text);
        }
    }
    EXPECT_LE(read(in_file).longest, 64u * 1024) << "no file is ever in memory whole";
    EXPECT_TRUE(read(Content("", {}, 0)).done);
}

TEST(PolicydContent, TakesNoMoreThanWasAnnounced) {
    const auto text = long_text();
    EXPECT_EQ(read(Content("", file_of(text), 100)).octets, text.substr(0, 100));
    EXPECT_FALSE(read(Content("four", {}, 5)).done);
    EXPECT_FALSE(read(Content("four", {}, 3)).done);
}

TEST(PolicydContent, SaysSoWhenTheFileIsCutShort) {
    const auto text = long_text();
    auto file = file_of(text);
    const int number = file.get();
    const Content content("", std::move(file), text.size());
    EXPECT_FALSE(read(content, [&] { EXPECT_EQ(::ftruncate(number, 100'000), 0); }).done);
    EXPECT_FALSE(read(Content("", file::Descriptor(::memfd_create("empty", MFD_CLOEXEC)), 1)).done);
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    const file::Descriptor writing(ends[1]);
    EXPECT_FALSE(read(Content("", file::Descriptor(ends[0]), 1)).done) << "what cannot be read at a place is no file";
}

}  // namespace
}  // namespace policyd
