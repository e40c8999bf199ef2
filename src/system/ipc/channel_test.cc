#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <array>
#include <cstdlib>

#include "ipc/link.h"
#include "ipc/receive_buffer.h"
#include "ipc/send_buffer.h"

namespace asio = boost::asio;

namespace {

struct Note {
    std::uint64_t number = 0;
    std::string text;
    file::Descriptor file;
    bool operator==(const Note&) const = default;
};
constexpr auto fields(const Note*) { return std::tuple{&Note::number, &Note::text, &Note::file}; }
struct Ping {
    std::uint32_t number = 0;
    bool operator==(const Ping&) const = default;
};
constexpr auto fields(const Ping*) { return std::tuple{&Ping::number}; }
using Inbox = std::variant<Note, Ping>;
using Link = ipc::Link<Inbox, Inbox>;

std::pair<file::Descriptor, file::Descriptor> pair() {
    std::array<int, 2> ends{};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()), 0);
    return {file::Descriptor(ends[0]), file::Descriptor(ends[1])};
}

/// A file that tells by its content which one it is.
file::Descriptor file_saying(const std::string& text) {
    char path[] = "/tmp/channel-XXXXXX";
    file::Descriptor made(::mkostemp(path, O_CLOEXEC));
    ::unlink(path);
    EXPECT_EQ(::pwrite(made.get(), text.data(), text.size(), 0), static_cast<ssize_t>(text.size()));
    return made;
}
std::string content(const file::Descriptor& file) {
    char octets[64];
    const ssize_t got = ::pread(file.get(), octets, sizeof octets, 0);
    return got < 0 ? "unreadable" : std::string(octets, static_cast<std::size_t>(got));
}

std::string framed(const std::string& frame) {
    const auto length = static_cast<std::uint32_t>(frame.size());
    std::string out(reinterpret_cast<const char*>(&length), sizeof length);
    return out + frame;
}
std::string ping_frame(std::uint32_t number) {
    std::string bytes;
    std::vector<file::Descriptor> none;
    ipc::encode<Inbox>(Ping{number}, ipc::Encoded{bytes, none});
    return framed(bytes);
}

/// One end as a Link that remembers, the other as a bare socket.
struct Ear {
    explicit Ear(asio::io_context& context, file::Descriptor socket)
        : link(std::make_unique<Link>(context, std::move(socket),
                                      Link::Handlers{.on_message = [this](Inbox m) { heard.push_back(std::move(m)); },
                                                     .on_gone = [this](std::string why) { gone.push_back(why); }})) {}
    std::vector<Inbox> heard;
    std::vector<std::string> gone;
    std::unique_ptr<Link> link;
};

void run(asio::io_context& context) {
    context.restart();
    context.run_for(std::chrono::milliseconds(20));
}

}  // namespace

TEST(Channel, CarriesMessagesInOrderAndOneWriteATurn) {
    asio::io_context context;
    auto [here, there] = pair();
    Ear ear(context, std::move(there));
    Ear mouth(context, std::move(here));
    for (std::uint32_t i = 0; i < 100; ++i) mouth.link->send(Ping{i});
    EXPECT_TRUE(ear.heard.empty());
    EXPECT_EQ(mouth.link->unsent(), 100u * 9);  // nothing leaves inside send()
    run(context);
    ASSERT_EQ(ear.heard.size(), 100u);
    for (std::uint32_t i = 0; i < 100; ++i) EXPECT_EQ(std::get<Ping>(ear.heard[i]).number, i);
}

TEST(Channel, CarriesMoreThanTheSocketHolds) {
    asio::io_context context;
    auto [here, there] = pair();
    Ear ear(context, std::move(there));
    Ear mouth(context, std::move(here));
    const std::string body(3 * 1024 * 1024, 'x');
    for (std::uint64_t i = 0; i < 5; ++i) mouth.link->send(Note{i, body, {}});
    while (ear.heard.size() < 5 && ear.gone.empty()) run(context);
    ASSERT_EQ(ear.heard.size(), 5u);
    for (std::uint64_t i = 0; i < 5; ++i) EXPECT_EQ(std::get<Note>(ear.heard[i]), (Note{i, body, {}}));
    EXPECT_EQ(mouth.link->unsent(), 0u);
}

TEST(Channel, KeepsDescriptorsWithTheirMessages) {
    asio::io_context context;
    auto [here, there] = pair();
    Ear ear(context, std::move(there));
    Ear mouth(context, std::move(here));
    for (std::uint64_t i = 0; i < 60; ++i) {
        const bool carries = i % 3 != 0;
        mouth.link->send(
            Note{i, std::string(i * 500, 't'), carries ? file_saying(std::to_string(i)) : file::Descriptor()});
    }
    for (int i = 0; i < 5; ++i) run(context);
    ASSERT_EQ(ear.heard.size(), 60u);
    for (std::uint64_t i = 0; i < 60; ++i) {
        const auto& note = std::get<Note>(ear.heard[i]);
        EXPECT_EQ(note.number, i);
        ASSERT_EQ(bool(note.file), i % 3 != 0);
        if (note.file) {
            EXPECT_EQ(content(note.file), std::to_string(i));
            EXPECT_EQ(::fcntl(note.file.get(), F_GETFD), FD_CLOEXEC);
        }
    }
}

TEST(Channel, UnderstandsOneOctetAtATime) {
    asio::io_context context;
    auto [here, there] = pair();
    Ear ear(context, std::move(there));
    const std::string octets = ping_frame(1) + ping_frame(2);
    for (const char octet : octets) {
        ASSERT_EQ(::write(here.get(), &octet, 1), 1);
        run(context);
    }
    ASSERT_EQ(ear.heard.size(), 2u);
    EXPECT_EQ(std::get<Ping>(ear.heard[1]).number, 2u);
    EXPECT_TRUE(ear.gone.empty());
}

// A peer that breaks the format is cut off, once, and what it said correctly before that counts.
TEST(Channel, CutsOffWhoBreaksTheFormat) {
    struct Case {
        const char* name;
        std::string octets;
    };
    const Case cases[] = {
        {"unknown type", framed("\x07")},
        {"no type", framed("")},
        {"too short", framed(std::string("\1\0", 2))},
        {"trailing octets", framed(std::string("\1\0\0\0\0!", 6))},
        {"descriptor missing", framed(std::string("\0", 1) + std::string(12, '\0') + "\1")},
        {"frame longer than any", std::string("\1\0\0\1", 4) + "x"},
        {"length of text beyond the frame", framed(std::string("\0", 1) + std::string(8, '\0') + "\xff\xff\xff\x7f")},
    };
    for (const auto& [name, octets] : cases) {
        SCOPED_TRACE(name);
        asio::io_context context;
        auto [here, there] = pair();
        Ear ear(context, std::move(there));
        const std::string all = ping_frame(5) + octets + ping_frame(6);
        ASSERT_EQ(::write(here.get(), all.data(), all.size()), static_cast<ssize_t>(all.size()));
        run(context);
        EXPECT_EQ(ear.heard.size(), 1u);
        EXPECT_EQ(ear.gone.size(), 1u);
        char octet;
        EXPECT_LE(::recv(here.get(), &octet, 1, MSG_DONTWAIT), 0);
        ear.link->send(Ping{1});  // nobody is there; nothing happens
        run(context);
        EXPECT_EQ(ear.gone.size(), 1u);
    }
}

TEST(Channel, CutsOffWhoSendsDescriptorsForNothing) {
    asio::io_context context;
    auto [here, there] = pair();
    Ear ear(context, std::move(there));
    ipc::SendBuffer out;
    auto encoded = out.begin();
    ipc::encode<Inbox>(Ping{1}, encoded);
    encoded.descriptors.push_back(file_saying("unasked"));
    ASSERT_TRUE(out.end());
    ASSERT_EQ(out.write_to(here.get()), 0);
    run(context);
    EXPECT_EQ(ear.gone.size(), 1u);
}

// What nobody would take is not begun; the link and what else it carries are none the worse.
TEST(Channel, RefusesToSendWhatIsTooLong) {
    asio::io_context context;
    auto [here, there] = pair();
    Ear ear(context, std::move(there));
    Ear mouth(context, std::move(here));
    EXPECT_TRUE(mouth.link->send(Ping{1}));
    EXPECT_FALSE(mouth.link->send(Note{2, std::string(ipc::longest_frame, 'x'), file_saying("unsent")}));
    EXPECT_TRUE(mouth.link->send(Note{3, "", file_saying("sent")}));
    run(context);
    ASSERT_EQ(ear.heard.size(), 2u);
    EXPECT_EQ(content(std::get<Note>(ear.heard[1]).file), "sent");
    EXPECT_TRUE(ear.gone.empty());
}

// Hostile: whoever asks and does not read the answers is not heard until he does.
TEST(Channel, HoldsBackWhoDoesNotRead) {
    for (const bool with_descriptors : {false, true}) {
        asio::io_context context;
        auto [here, there] = pair();
        std::size_t answered = 0;
        std::unique_ptr<Link> server;
        server = std::make_unique<Link>(
            context, std::move(there),
            Link::Handlers{.on_message =
                               [&](Inbox m) {
                                   ++answered;
                                   const auto number = std::get<Ping>(m).number;
                                   server->send(with_descriptors ? Note{number, "", file_saying("x")}
                                                                 : Note{number, std::string(1000, 'x'), {}});
                               },
                           .on_gone = [](std::string) {}});
        server->hold_back_at(100'000);
        constexpr std::uint32_t questions = 5000;
        std::string asked;
        for (std::uint32_t i = 0; i < questions; ++i) asked += ping_frame(i);
        ASSERT_EQ(::write(here.get(), asked.data(), asked.size()), static_cast<ssize_t>(asked.size()));
        run(context);
        EXPECT_LT(answered, questions);
        EXPECT_LT(server->unsent(), 110'000u);
        Ear client(context, std::move(here));
        for (int i = 0; i < 500 && client.heard.size() < questions; ++i) run(context);
        EXPECT_EQ(client.heard.size(), questions);
    }
}

TEST(Channel, AnnouncedLengthsAllocateNothing) {
    auto [here, there] = pair();
    ipc::ReceiveBuffer in;
    const std::string huge("\0\0\0\1", 4);  // 16 MiB, the longest allowed
    ASSERT_EQ(::write(here.get(), huge.data(), huge.size()), 4);
    EXPECT_EQ(in.receive(there.get()), ipc::ReceiveBuffer::Got::Part);
    EXPECT_FALSE(in.next());
    EXPECT_FALSE(in.is_malformed());
    EXPECT_EQ(in.receive(there.get()), ipc::ReceiveBuffer::Got::Nothing);
}

TEST(Channel, HearsWhatADeadPeerSaidLast) {
    asio::io_context context;
    auto [here, there] = pair();
    Ear ear(context, std::move(there));
    const std::string last = ping_frame(9);
    ASSERT_EQ(::write(here.get(), last.data(), last.size()), static_cast<ssize_t>(last.size()));
    here.close();
    ear.link->send(Ping{1});  // fails, which must not hide what is waiting
    run(context);
    EXPECT_EQ(ear.heard.size(), 1u);
    EXPECT_EQ(ear.gone, std::vector<std::string>{"closed"});
}

TEST(Channel, MayBeDestroyedByItsOwnHandlers) {
    for (const bool in_gone : {false, true}) {
        asio::io_context context;
        auto [here, there] = pair();
        std::unique_ptr<Link> link;
        int heard = 0;
        link = std::make_unique<Link>(context, std::move(there),
                                      Link::Handlers{.on_message =
                                                         [&](Inbox) {
                                                             ++heard;
                                                             if (!in_gone) link.reset();
                                                         },
                                                     .on_gone = [&](std::string) { link.reset(); }});
        const std::string octets = ping_frame(1) + ping_frame(2);
        ASSERT_EQ(::write(here.get(), octets.data(), octets.size()), static_cast<ssize_t>(octets.size()));
        here.close();
        run(context);
        EXPECT_EQ(heard, in_gone ? 2 : 1);
        EXPECT_FALSE(link);
    }
}

TEST(Channel, PausesBetweenTwoFrames) {
    asio::io_context context;
    auto [here, there] = pair();
    std::unique_ptr<Link> link;
    std::vector<std::uint32_t> heard;
    link = std::make_unique<Link>(context, std::move(there),
                                  Link::Handlers{.on_message =
                                                     [&](Inbox m) {
                                                         heard.push_back(std::get<Ping>(m).number);
                                                         if (heard.back() == 1) link->pause_reading(true);
                                                     },
                                                 .on_gone = [](std::string) {}});
    const std::string octets = ping_frame(1) + ping_frame(2) + ping_frame(3);
    ASSERT_EQ(::write(here.get(), octets.data(), octets.size()), static_cast<ssize_t>(octets.size()));
    run(context);
    EXPECT_EQ(heard, (std::vector<std::uint32_t>{1}));
    link->pause_reading(false);
    EXPECT_EQ(heard.size(), 1u);  // not from inside the call
    run(context);
    EXPECT_EQ(heard, (std::vector<std::uint32_t>{1, 2, 3}));
    ASSERT_EQ(::write(here.get(), octets.data(), octets.size()), static_cast<ssize_t>(octets.size()));
    run(context);
    EXPECT_EQ(heard.size(), 4u);
}

TEST(Channel, WhatWasSentBeforeTheEndLeaves) {
    asio::io_context context;
    auto [here, there] = pair();
    Ear ear(context, std::move(there));
    {
        Ear mouth(context, std::move(here));
        mouth.link->send(Ping{4});
    }
    run(context);
    EXPECT_EQ(ear.heard.size(), 1u);
    EXPECT_EQ(ear.gone.size(), 1u);
}

TEST(Channel, AnswersFromInsideHandlersUnderLoad) {
    asio::io_context context;
    auto [here, there] = pair();
    std::unique_ptr<Link> server;
    server = std::make_unique<Link>(
        context, std::move(there),
        Link::Handlers{.on_message = [&](Inbox m) { server->send(std::get<Note>(m)); }, .on_gone = [](std::string) {}});
    Ear client(context, std::move(here));
    const std::string body(4000, 'b');
    for (std::uint64_t i = 0; i < 5000; ++i) client.link->send(Note{i, body, {}});
    for (int i = 0; i < 200 && client.heard.size() < 5000; ++i) run(context);
    ASSERT_EQ(client.heard.size(), 5000u);
    EXPECT_EQ(std::get<Note>(client.heard.back()).number, 4999u);
}
