#include "sendmail/submit.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>

#include "drop/envelope.h"
#include "drop/outbox.h"
#include "sendmail/converse.h"

namespace sendmail {
namespace {

namespace fs = std::filesystem;

struct SubmitTest : testing::Test {
    fs::path folder = [] {
        char name[] = "/tmp/sendmail_test.XXXXXX";
        return fs::path(::mkdtemp(name));
    }();
    Place place{.drop_directory = folder, .hostname = "h.example", .message_size = 1'000'000, .control_socket = {}};
    Caller caller{"joe", "Joe Q. Public"};

    ~SubmitTest() override { fs::remove_all(folder); }

    static file::Descriptor input_of(std::string text) {
        int ends[2];
        EXPECT_EQ(::pipe(ends), 0);
        std::thread([text = std::move(text), end = ends[1]] {
            static_cast<void>(::write(end, text.data(), text.size()));
            ::close(end);
        }).detach();
        return file::Descriptor(ends[0]);
    }
    int run(std::vector<std::string> words, std::string text) {
        std::vector<char*> pointers;
        for (auto& word : words) pointers.push_back(word.data());
        auto options = parse_options(pointers);
        EXPECT_TRUE(options);
        options->is_quiet = true;
        const auto input = input_of(std::move(text));
        return submit(*options, place, caller, input.get());
    }
    /// What is answered to a whole conversation.
    std::string say(std::string text) {
        int replies[2];
        EXPECT_EQ(::pipe(replies), 0);
        const auto input = input_of(std::move(text));
        EXPECT_EQ(converse(place, caller, input.get(), replies[1]), EX_OK);
        ::close(replies[1]);
        std::string said(16 * 1024, '\0');
        said.resize(static_cast<std::size_t>(std::max<ssize_t>(0, ::read(replies[0], said.data(), said.size()))));
        ::close(replies[0]);
        return said;
    }
    std::vector<fs::path> left() const {
        std::vector<fs::path> names;
        for (const auto& entry : fs::directory_iterator(folder)) names.push_back(entry.path());
        return names;
    }
    /// The one message in the directory, and its envelope.
    std::string only(drop::Envelope* envelope = nullptr) {
        const auto names = left();
        EXPECT_EQ(names.size(), 1u);
        if (names.empty()) return {};
        EXPECT_TRUE(drop::is_finished(names.front().filename().string()));
        std::ifstream file(names.front());
        const std::string text{std::istreambuf_iterator<char>(file), {}};
        const auto head = drop::parse_head(text, "h.example");
        EXPECT_TRUE(head);
        if (!head) return {};
        if (envelope) *envelope = head->envelope;
        return text.substr(head->size);
    }
};

TEST_F(SubmitTest, LeavesAMessageForPickup) {
    ::umask(077);
    EXPECT_EQ(run({"-oi", "root", "Ann <ann@b.example>"}, "Subject: x\n\n.\nhello\n"), EX_OK);
    drop::Envelope envelope;
    EXPECT_EQ(only(&envelope), "Subject: x\n\n.\nhello\n");
    EXPECT_EQ(envelope.name, "Joe Q. Public");
    EXPECT_EQ(envelope.smtp.reverse_path, "joe@h.example");
    ASSERT_EQ(envelope.smtp.recipients.size(), 2u);
    EXPECT_EQ(envelope.smtp.recipients[0].address, "root@h.example");
    EXPECT_EQ(envelope.smtp.recipients[1].address, "ann@b.example");
    EXPECT_EQ(fs::status(left().front()).permissions(), fs::perms(0644)) << "whatever the umask";
}

TEST_F(SubmitTest, ReadsRecipientsFromTheHeader) {
    EXPECT_EQ(run({"-t", "-f", "<>", "-Nnever", "-Rfull", "-Vid"},
                  "To: a@b.example,\n \"C\" <c@d.example>\nBcc: e@f.example\nCc: a@b.example\n\nTo: no@body.example\n"),
              EX_OK);
    drop::Envelope envelope;
    only(&envelope);
    EXPECT_EQ(envelope.smtp.reverse_path, "");
    EXPECT_EQ(envelope.smtp.ret, smtp::Return::Full);
    EXPECT_EQ(envelope.smtp.envelope_id, "id");
    std::vector<std::string> recipients;
    for (const auto& recipient : envelope.smtp.recipients) {
        recipients.push_back(recipient.address);
        EXPECT_EQ(recipient.notify, smtp::notify_never);
    }
    EXPECT_EQ(recipients, (std::vector<std::string>{"a@b.example", "c@d.example", "e@f.example"}));
}

TEST_F(SubmitTest, RefusesWithASysexitsStatusAndLeavesNothing) {
    EXPECT_EQ(run({}, "x\n"), EX_USAGE);
    EXPECT_EQ(run({"-t"}, "Subject: nobody\n\nx\n"), EX_DATAERR);
    EXPECT_EQ(run({"a b c"}, "x\n"), EX_DATAERR);
    EXPECT_EQ(run({"a@b.example>\nRCPT TO:<x@y.example"}, "x\n"), EX_DATAERR);  // Hostile: a line of its own
    EXPECT_EQ(run({"-f", "a@b.example, c@d.example", "e@f.example"}, "x\n"), EX_USAGE);
    EXPECT_EQ(run({"a@b.example"}, std::string(1'000'001, 'x')), EX_UNAVAILABLE);
    EXPECT_TRUE(left().empty());
    place.drop_directory = "/nonexistent/drop";
    EXPECT_EQ(run({"a@b.example"}, "x\n"), EX_TEMPFAIL);
}

TEST_F(SubmitTest, LargeInputStreams) {
    place.message_size = 100'000'000;
    std::string text = "Subject: big\n\n";
    while (text.size() < 5'000'000) text += std::string(70, 'x') + "\n";
    EXPECT_EQ(run({"a@b.example"}, text), EX_OK);
    EXPECT_EQ(only(), text);
}

// RFC 5321 §4.1.1.4, §4.5.2; lines ended as programs end them.
TEST_F(SubmitTest, SpeaksSmtp) {
    const auto said =
        say("EHLO me\nMAIL FROM:<a@b.example>\nRCPT TO:<c@d.example> NOTIFY=NEVER\nDATA\nSubject: x\n\n..dot\n.\n"
            "MAIL FROM:<a@b.example>\nRCPT TO:<c@d.example>\nDATA\ncut off");
    EXPECT_TRUE(said.starts_with("220 h.example")) << said;
    EXPECT_NE(said.find("\r\n250 2.0.0 Taken\r\n"), said.npos) << said;
    drop::Envelope envelope;
    EXPECT_EQ(only(&envelope), "Subject: x\r\n\r\n.dot\r\n");
    EXPECT_EQ(envelope.smtp.reverse_path, "a@b.example");
    EXPECT_EQ(envelope.smtp.recipients.at(0).notify, smtp::notify_never);
}

// Hostile: a stranger's text inside a message must not end it (RFC 5321 §2.3.8).
TEST_F(SubmitTest, NothingIsSmuggledThroughAConversation) {
    const std::string head =
        "EHLO me\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\nDATA\r\nSubject: x\r\n\r\n";
    const std::string second = "MAIL FROM:<evil@x.example>\nRCPT TO:<c@d.example>\nDATA\nforged\n";
    for (const std::string end : {"\n.\n", "\r.\r", "\n.\r\n", "\r.\r\n", "\r\n.\r", "\r\n.\n"}) {
        const auto said = say(head + "text" + end + second + "\r\n.\r\nQUIT\r\n");
        EXPECT_NE(said.find("\r\n550 5.5.2 "), said.npos) << said;
        EXPECT_TRUE(said.ends_with("\r\n221 2.0.0 Goodbye\r\n")) << said;
        EXPECT_TRUE(left().empty());
    }
    say("EHLO me\nMAIL FROM:<a@b.example>\nRCPT TO:<c@d.example>\nDATA\nSubject: x\n\none\r.\rRSET\n.\nQUIT\n");
    EXPECT_EQ(only(), "Subject: x\r\n\r\none . RSET\r\n");
}

// RFC 3030 §2: octets are counted as they were written, whatever ends the lines.
TEST_F(SubmitTest, ChunksAreCountedAsWritten) {
    const struct {
        std::string text, want;
    } cases[] = {
        {"EHLO me\nMAIL FROM:<a@b.example>\nRCPT TO:<c@d.example>\nBDAT 6\na\nb\nc\nBDAT 2 LAST\nd\nQUIT\n",
         "a\nb\nc\nd\n"},
        {"EHLO me\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\nBDAT 6 LAST\r\na\r\nb\r\nQUIT\r\n",
         "a\r\nb\r\n"},
    };
    for (const auto& [text, want] : cases) {
        const auto said = say(text);
        EXPECT_NE(said.find("\r\n250 2.0.0 Taken\r\n"), said.npos) << said;
        EXPECT_TRUE(said.ends_with("\r\n221 2.0.0 Goodbye\r\n")) << said;
        EXPECT_EQ(only(), want);
        for (const auto& name : left()) fs::remove(name);
    }
}

}  // namespace
}  // namespace sendmail
