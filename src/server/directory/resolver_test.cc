#include "directory/resolver.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "directory/testing/known_users.h"

namespace {

directory::Config configuration() {
    directory::Config config;
    config.hostname = "mx.l.test";
    config.mail_directory = "/var/mail/hermod";
    config.domains["L.test"] = {};
    config.domains["virtual.test"] = {.mailboxes = "/etc/list",
                                      .mailbox_list = "Ann@virtual.test\nbob@virtual.test 5MB\n"};
    return config;
}

struct Fixture {
    explicit Fixture(directory::Config config = configuration())
        : resolver(config,
                   {.own_addresses = {*ip::parse_address("192.0.2.25"), *ip::parse_address("::1")},
                    .virtual_uid = 5000,
                    .virtual_gid = 5000},
                   users) {}

    directory::Resolved ask(std::string_view address, bool may_relay = false) {
        return resolver.resolve({.ticket = 7, .address = std::string(address), .may_relay = may_relay});
    }
    directory::Mailbox find(std::string_view address) {
        return resolver.find({.ticket = 7, .address = std::string(address)});
    }

    directory::testing::KnownUsers users;
    directory::Resolver resolver;
};

struct Case {
    std::string_view address;
    int code;
    std::string_view enhanced;
};

void expect(Fixture& f, std::initializer_list<Case> cases, bool may_relay = false) {
    for (const auto& [address, code, enhanced] : cases) {
        SCOPED_TRACE(address);
        const auto resolved = f.ask(address, may_relay);
        EXPECT_EQ(resolved.ticket, 7u);
        EXPECT_EQ(resolved.reply.code, code);
        EXPECT_EQ(resolved.reply.enhanced, enhanced);
        EXPECT_EQ(resolved.recipients.size(), code == 250 ? 1u : 0u);
    }
}

TEST(Directory, AcceptsWhoExists) {
    Fixture f;
    expect(f, {{"u@l.test", 250, "2.1.5"},
               {"U@L.TEST", 250, "2.1.5"},
               {"u@mx.l.test", 250, "2.1.5"},
               {"u@localhost", 250, "2.1.5"},
               {"u@[192.0.2.25]", 250, "2.1.5"},
               {"u@[IPv6:::1]", 250, "2.1.5"},
               {"u+shop@l.test", 250, "2.1.5"},
               {"root@l.test", 250, "2.1.5"},
               {"ann@virtual.test", 250, "2.1.5"},
               {"BOB@Virtual.Test", 250, "2.1.5"}});
    EXPECT_EQ(f.ask("U@L.TEST").recipients[0].smtp.address, "u@l.test");
    EXPECT_EQ(f.ask("U@L.TEST").recipients[0].transport, spool::Transport::Local);
}

TEST(Directory, AReflectorExistsByItself) {
    auto config = configuration();
    config.reflector.address = {"check@L.test", "check@x.test", "u@l.test"};
    Fixture f(std::move(config));
    expect(f, {{"Check@l.test", 250, "2.1.5"}, {"check@x.test", 550, "5.7.1"}, {"nobody@l.test", 550, "5.1.1"}});
    EXPECT_EQ(f.ask("Check@l.test").recipients[0].transport, spool::Transport::Discard);
    EXPECT_EQ(f.ask("u@l.test").recipients[0].transport, spool::Transport::Local) << "who exists gets his mail";
    EXPECT_EQ(f.ask("check@l.test", true).reply.enhanced, "5.7.1") << "our own people are not answered";
}

TEST(Directory, RefusesWhoDoesNot) {
    Fixture f;
    expect(f, {{"x@l.test", 550, "5.1.1"},
               {"u@virtual.test", 550, "5.1.1"},
               {"ann@l.test", 550, "5.1.1"},
               {"daemon@l.test", 550, "5.1.1"},
               {"nobody@l.test", 550, "5.1.1"},
               {"../u@l.test", 501, "5.1.3"},
               {"\"u/../v\"@l.test", 550, "5.1.1"},
               {"\"u\\\\..\"@l.test", 550, "5.1.1"},
               {"\".u\"@l.test", 550, "5.1.1"},
               {"-u@l.test", 550, "5.1.1"},
               {"\"\"@l.test", 501, "5.1.3"},
               {"ü@l.test", 550, "5.1.1"}});
}

// RFC 1123 §5.2.16, RFC 5321 App. F.2: nothing in a local part routes. Who may not relay stays here in every spelling.
TEST(Directory, NeverRelaysForStrangers) {
    Fixture f;
    expect(f, {{"v@x.test", 550, "5.7.1"},
               {"v%x.test@l.test", 550, "5.1.1"},
               {"v%x.test@[192.0.2.25]", 550, "5.1.1"},
               {"\"v@x.test\"@l.test", 550, "5.1.1"},
               {"\"v%x.test\"@l.test", 550, "5.1.1"},
               {"x.test!v@l.test", 550, "5.1.1"},
               {"v@[198.51.100.7]", 550, "5.7.1"},
               {"u@l.test.x.test", 550, "5.7.1"},
               {"u@sub.l.test", 550, "5.7.1"},
               {"u@xl.test", 550, "5.7.1"},
               {"v@x.test@l.test", 501, "5.1.3"},
               {"l.test!x.test!v", 501, "5.1.3"},
               {"v@x.test.", 550, "5.7.1"}});
}

TEST(Directory, RelaysForThoseWhoMay) {
    Fixture f;
    expect(f, {{"v@x.test", 250, "2.1.5"}, {"v@[198.51.100.7]", 250, "2.1.5"}, {"x@l.test", 550, "5.1.1"}}, true);
    EXPECT_EQ(f.ask("V@x.test", true).recipients[0].transport, spool::Transport::Relay);
    EXPECT_EQ(f.ask("V@x.test", true).recipients[0].smtp.address, "V@x.test");
}

// RFC 5321 §4.5.1
TEST(Directory, AlwaysAcceptsPostmaster) {
    Fixture f;
    expect(f, {{"postmaster@l.test", 250, "2.1.5"},
               {"PostMaster@virtual.test", 250, "2.1.5"},
               {"postmaster@mx.l.test", 250, "2.1.5"},
               {"postmaster@x.test", 550, "5.7.1"}});
    const auto mailbox = f.find("postmaster@virtual.test");
    EXPECT_EQ(mailbox.found, directory::Found::Yes);
    EXPECT_EQ(mailbox.home, "/var/mail/hermod/mx.l.test/postmaster");
}

TEST(Directory, SendsPostmastersMailToWhoReadsIt) {
    struct Reader {
        std::string setting;
        std::string_view recipient;
        spool::Transport transport;
    };
    using enum spool::Transport;
    for (const auto& [setting, recipient, transport] :
         {Reader{"u", "u@mx.l.test", Local}, Reader{"ann@virtual.test", "ann@virtual.test", Local},
          Reader{"noc@x.test", "noc@x.test", Relay}, Reader{"missing", "postmaster@mx.l.test", Local},
          Reader{"postmaster", "postmaster@mx.l.test", Local}}) {
        SCOPED_TRACE(setting);
        auto config = configuration();
        config.postmaster = setting;
        Fixture f(config);
        const auto resolved = f.ask("postmaster@l.test");
        ASSERT_EQ(resolved.recipients.size(), 1u);
        EXPECT_EQ(resolved.recipients[0].smtp.address, recipient);
        EXPECT_EQ(resolved.recipients[0].transport, transport);
    }
}

// What cron and daemons write to root is read by somebody, and never lands in root's own home.
TEST(Directory, SendsRootsMailToPostmaster) {
    Fixture f;
    EXPECT_EQ(f.ask("root@l.test").recipients[0].smtp.address, "postmaster@mx.l.test");
    EXPECT_EQ(f.find("root@l.test").found, directory::Found::Unknown);
    EXPECT_EQ(f.find("postmaster@mx.l.test").uid, 5000u);
    auto config = configuration();
    config.postmaster = "u";
    EXPECT_EQ(Fixture(config).ask("root@l.test").recipients[0].smtp.address, "u@mx.l.test");
    config.aliases["root"] = {"ann@virtual.test"};
    EXPECT_EQ(Fixture(config).ask("root@l.test").recipients[0].smtp.address, "ann@virtual.test");
}

TEST(Directory, AliasesBecomeRecipients) {
    auto config = configuration();
    config.aliases["team@l.test"] = {"u", "Ann@virtual.test", "v@x.test", "gone@virtual.test"};
    config.domains["owned.test"] = {.owner = "u", .delimiters = ""};
    config.domains["virtual.test"].catch_all = "u+all@l.test";
    config.domains["l.test"].delimiters = "+-";
    config.domains["mx.l.test"].delimiters = "-";
    Fixture f(config);
    const auto recipients = [&](std::string_view address) {
        std::string all;
        for (const auto& recipient : f.ask(address).recipients)
            all += recipient.smtp.address + (recipient.transport == spool::Transport::Relay ? "> " : " ");
        return all;
    };
    EXPECT_EQ(recipients("Team@l.test"), "u@mx.l.test ann@virtual.test v@x.test> ");
    EXPECT_EQ(recipients("x@virtual.test"), "u+all@l.test ");
    EXPECT_EQ(recipients("Info@owned.test"), "u-info@owned.test ");
    EXPECT_EQ(f.find("u-info@mx.l.test").home, "/home/u");
    EXPECT_EQ(f.find("u+all@l.test").home, "/home/u");
    EXPECT_EQ(f.find("team@l.test").found, directory::Found::Unknown);
}

// Mail that waits is not given to somebody else when its domain is relayed from now on.
TEST(Directory, FindsNoMailboxInRelayedDomains) {
    auto config = configuration();
    config.domains["l.test"].relayed = true;
    Fixture f(config);
    EXPECT_EQ(f.find("u@l.test").found, directory::Found::Unknown);
    EXPECT_EQ(f.find("u@x.test").found, directory::Found::Unknown);
}

// Who is on a list and does not exist (any more): the others get the mail, and the sender is told.
TEST(Directory, KeepsRecipientsWhoAreNobody) {
    auto config = configuration();
    config.aliases["team@l.test"] = {"u", "gone@virtual.test"};
    Fixture f(config);
    ASSERT_EQ(f.ask("team@l.test").recipients.size(), 2u);
    EXPECT_EQ(f.ask("team@l.test").recipients[1].smtp.address, "gone@virtual.test");
    EXPECT_EQ(f.find("gone@virtual.test").found, directory::Found::Unknown);
}

TEST(Directory, AsksToComeBackWhenTheNameServiceIsDown) {
    Fixture f;
    f.users.is_down = true;
    expect(f, {{"u@l.test", 451, "4.3.0"}, {"ann@virtual.test", 250, "2.1.5"}, {"v@x.test", 550, "5.7.1"}});
    EXPECT_EQ(f.find("u@l.test").found, directory::Found::Unavailable);
}

TEST(Directory, FindsMailboxes) {
    Fixture f;
    const auto user = f.find("U@l.test");
    EXPECT_EQ(user.found, directory::Found::Yes);
    EXPECT_EQ(user.user, "u");
    EXPECT_EQ(user.uid, 1001u);
    EXPECT_EQ(user.home, "/home/u");
    EXPECT_EQ(user.path, "Maildir");
    const auto bob = f.find("Bob@virtual.test");
    EXPECT_EQ(bob.found, directory::Found::Yes);
    EXPECT_EQ(bob.user, "");
    EXPECT_EQ(bob.uid, 5000u);
    EXPECT_EQ(bob.home, "/var/mail/hermod/virtual.test/bob");
    EXPECT_EQ(bob.path, "");
    EXPECT_EQ(bob.quota_bytes, 5u << 20);
    for (const auto* nobody : {"root@l.test", "daemon@l.test", "x@virtual.test", "v@x.test", "", "a@../b"})
        EXPECT_EQ(f.find(nobody).found, directory::Found::Unknown) << nobody;
}

TEST(Directory, TellsWhatIsAList) {
    std::string pattern = (std::filesystem::temp_directory_path() / "directory-XXXXXX").string();
    const std::filesystem::path data = ::mkdtemp(pattern.data());
    std::filesystem::create_directory(data / "lists");
    if (::geteuid() == 0) ASSERT_EQ(::chown((data / "lists").c_str(), 4711, 4712), 0);
    std::ofstream(data / "lists" / "names") << "dev@virtual.test\nann@virtual.test\n";
    auto config = configuration();
    config.data_directory = data;
    Fixture f(config);
    expect(f, {{"dev@virtual.test", 250, "2.1.5"},
               {"Dev-Request@virtual.test", 250, "2.1.5"},
               {"dev-bounces+a=b@virtual.test", 250, "2.1.5"},
               {"dev-talk@virtual.test", 550, "5.1.1"},
               {"dev@l.test", 550, "5.1.1"}});
    // Where "-" is a delimiter too, "dev-talk" is no extension of the list: it would take the mail and return it.
    auto with_dashes = config;
    with_dashes.domains["virtual.test"].delimiters = "-+";
    Fixture dashes(with_dashes);
    expect(dashes, {{"dev-talk@virtual.test", 550, "5.1.1"},
                    {"dev-request-x@virtual.test", 550, "5.1.1"},
                    {"dev-confirm@virtual.test", 550, "5.1.1"},
                    {"dev+talk@virtual.test", 250, "2.1.5"},
                    {"dev-request@virtual.test", 250, "2.1.5"},
                    {"bob-talk@virtual.test", 250, "2.1.5"}});
    const auto mailbox = f.find("dev-request@virtual.test");
    EXPECT_EQ(mailbox.found, directory::Found::Yes);
    EXPECT_EQ(mailbox.uid, ::geteuid() == 0 ? 4711u : ::geteuid());
    EXPECT_EQ(mailbox.home, (data / "lists").string());
    EXPECT_TRUE(mailbox.is_list);
    EXPECT_EQ(mailbox.command, "");
    EXPECT_FALSE(f.find("ann@virtual.test").is_list) << "a mailbox counts before a list";
    std::filesystem::remove_all(data);
    EXPECT_EQ(f.ask("dev@virtual.test").reply.code, 550);
}

TEST(Directory, UsesMboxWhereAskedTo) {
    auto config = configuration();
    config.local.mailbox = site::MailboxFormat::Mbox;
    Fixture f(config);
    EXPECT_EQ(f.find("u@l.test").format, directory::Format::Mbox);
    EXPECT_EQ(f.find("u@l.test").path, "Mailbox");
    EXPECT_EQ(f.find("bob@virtual.test").format, directory::Format::Maildir);
}

class StoppedClock final : public clocks::Clock {
public:
    clocks::Wall wall() const override { return {}; }
    clocks::Steady steady() const override { return {}; }
};

TEST(SystemUsers, KnowsRootAndForgetsNothingItHasAsked) {
    const StoppedClock clock;
    directory::SystemUsers users(clock);
    const auto root = users.find("root");
    ASSERT_TRUE(root && *root);
    EXPECT_EQ((*root)->uid, 0u);
    const auto nobody = users.find("no-such-user-here");
    ASSERT_TRUE(nobody);
    EXPECT_FALSE(*nobody);
    for (int i = 0; i < 2'000; ++i) EXPECT_TRUE(users.find("no-such-user-" + std::to_string(i)).has_value());
}

// Which of a user's own instructions count is the domain's to say, and which extension they are for the address's.
TEST(Directory, TellsWhatTheOwnerMaySay) {
    auto config = configuration();
    config.domains["qmail.test"] = {.delimiters = "-", .instructions = site::Instructions::Qmail};
    config.domains[".wild.test"] = {.instructions = site::Instructions::Forward};
    config.domains["none.wild.test"] = {};
    config.domains["same.test"] = {.same_as = "qmail.test"};
    config.domains["mx.l.test"] = {.delimiters = "-", .instructions = site::Instructions::Qmail};
    Fixture f(config);
    const struct {
        std::string_view address;
        directory::Instructions instructions;
        std::string_view extension;  // "none": there is none
    } cases[] = {
        {"u@l.test", directory::Instructions::None, "none"},
        {"u@qmail.test", directory::Instructions::Qmail, "none"},
        {"u-a-b@qmail.test", directory::Instructions::Qmail, "a-b"},
        {"u-@qmail.test", directory::Instructions::Qmail, ""},
        {"u-a@same.test", directory::Instructions::Qmail, "a"},
        {"u+a@x.wild.test", directory::Instructions::Forward, "a"},
        {"u@none.wild.test", directory::Instructions::None, "none"},
        {"u@[192.0.2.25]", directory::Instructions::Qmail, "none"},
        {"ann@virtual.test", directory::Instructions::None, "none"},
        {"postmaster@qmail.test", directory::Instructions::None, "none"},
    };
    for (const auto& [address, instructions, extension] : cases) {
        const auto mailbox = f.find(address);
        EXPECT_EQ(mailbox.found, directory::Found::Yes) << address;
        EXPECT_EQ(mailbox.instructions, instructions) << address;
        EXPECT_EQ(mailbox.has_extension ? mailbox.extension : "none", extension) << address;
    }
}

// Hostile: whoever asks may be broken into. What is run or written is what the alias says, as the user who is named.
TEST(Directory, TellsOfTargetsOnlyWhatTheAliasSays) {
    auto config = configuration();
    config.aliases["list@l.test"] = {"|/bin/index list", "/home/u/archive", "/home/u/deep/Folder/", "u"};
    config.aliases["only@l.test"] = {"|/bin/only"};
    config.aliases["out@l.test"] = {"/etc/cron.d/x"};
    const auto ask = [](Fixture& f, std::string address, std::string target) {
        return f.resolver.find({.ticket = 7, .address = std::move(address), .target = std::move(target)});
    };
    using enum directory::Found;
    {
        Fixture nobody(config);
        EXPECT_EQ(nobody.ask("only@l.test").reply.enhanced, "5.3.5");
        EXPECT_EQ(nobody.ask("list@l.test").reply.code, 250);  // u is there
        EXPECT_EQ(ask(nobody, "only@l.test", "\"|/bin/only\"").found, Unknown);
    }
    config.local.alias_user = "u";
    Fixture f(config);
    const auto resolved = f.ask("List@l.test");
    ASSERT_EQ(resolved.recipients.size(), 4u);
    EXPECT_EQ(resolved.recipients[0].transport, spool::Transport::Target);
    EXPECT_EQ(resolved.recipients[0].target, "\"|/bin/index list\"");
    EXPECT_EQ(resolved.recipients[3].transport, spool::Transport::Local);
    EXPECT_EQ(resolved.recipients[3].asked, "List@l.test");
    for (const auto& recipient : resolved.recipients)
        EXPECT_EQ(ask(f, recipient.smtp.address, recipient.target).found, Yes) << recipient.target;
    const auto program = ask(f, "list@l.test", "\"|/bin/index list\"");
    EXPECT_EQ(program.command, "/bin/index list");
    EXPECT_EQ(program.uid, 1001u);
    const auto folder = ask(f, "list@l.test", "/home/u/deep/Folder/");
    EXPECT_EQ(folder.home + "|" + folder.path, "/home/u|deep/Folder");
    EXPECT_EQ(folder.format, directory::Format::Maildir);
    EXPECT_EQ(ask(f, "list@l.test", "/home/u/archive").format, directory::Format::Mbox);
    const std::pair<std::string, std::string> lies[] = {
        {"list@l.test", "\"|/bin/evil\""},    {"list@l.test", "/home/u/other"},   {"list@l.test", "/home/u/archive/"},
        {"u@l.test", "\"|/bin/index list\""}, {"only@l.test", "/home/u/archive"}, {"nobody@l.test", "|x"},
        {"list@l.test", "u@l.test"},
    };
    for (const auto& [address, target] : lies) EXPECT_EQ(ask(f, address, target).found, Unknown) << target;
    EXPECT_EQ(ask(f, "out@l.test", "/etc/cron.d/x").found, Unknown);
    EXPECT_TRUE(f.find("list@l.test").command.empty());

    config.local.alias_user = "root";
    Fixture root(config);
    EXPECT_EQ(ask(root, "only@l.test", "\"|/bin/only\"").found, Unavailable);
}

// A circle ends in the mailbox, whatever its owner says of his mail.
TEST(Directory, TellsThePlainMailboxWhereThatIsMeant) {
    auto config = configuration();
    config.domains["qmail.test"] = {.delimiters = "-", .instructions = site::Instructions::Qmail};
    Fixture f(config);
    const auto mailbox = f.resolver.find({.ticket = 7, .address = "u-a@qmail.test", .is_plain = true});
    EXPECT_EQ(mailbox.found, directory::Found::Yes);
    EXPECT_EQ(mailbox.instructions, directory::Instructions::None);
}

// qmail's virtualdomains: mail for the owner by the virtual domain's name, with what he says for the host's.
TEST(Directory, AVirtualDomainKeepsItsName) {
    auto config = configuration();
    config.domains["mx.l.test"] = {.delimiters = "-", .instructions = site::Instructions::Qmail};
    config.domains["owned.test"] = {.owner = "u"};
    Fixture f(config);
    const auto resolved = f.ask("Info@owned.test");
    ASSERT_EQ(resolved.recipients.size(), 1u);
    EXPECT_EQ(resolved.recipients[0].smtp.address, "u-info@owned.test");
    const auto mailbox = f.find("u-info@owned.test");
    EXPECT_EQ(mailbox.found, directory::Found::Yes);
    EXPECT_EQ(mailbox.user, "u");
    EXPECT_EQ(mailbox.extension, "info");
    EXPECT_EQ(mailbox.instructions, directory::Instructions::Qmail);
    EXPECT_EQ(f.find("info@owned.test").found, directory::Found::Unknown);
}

// RFC 6409 §6.1: an account sends in its own name, and in those that lead to it.
TEST(Directory, KnowsInWhoseNameAnAccountMaySend) {
    auto config = configuration();
    config.aliases["sales@l.test"] = {"u", "ann@virtual.test"};
    config.aliases["away@l.test"] = {"v@x.test"};
    config.submission.senders["u"] = {"boss@x.test", "@y.test"};
    config.submission.senders["*"] = {"news@z.test"};
    Fixture f(config);
    const struct {
        std::string account;
        std::string address;
        int code;
    } cases[] = {
        {"u", "u@l.test", 250},
        {"u", "U+news@l.test", 250},
        {"u", "sales@l.test", 250},
        {"ann@virtual.test", "sales@l.test", 250},
        {"ann@virtual.test", "Ann@virtual.test", 250},
        {"ann@virtual.test", "bob@virtual.test", 553},
        {"ann@virtual.test", "u@l.test", 553},
        {"u", "away@l.test", 553},
        {"u", "u@x.test", 553},
        {"u", "nobody@l.test", 553},
        {"u", "boss@x.test", 250},
        {"u", "anybody@Y.test", 250},
        {"u", "anybody@sub.y.test", 553},
        {"ann@virtual.test", "boss@x.test", 553},
        {"ann@virtual.test", "news@z.test", 250},
        {"u", "postmaster@l.test", 553},
        {"u", "not an address", 501},
    };
    for (const auto& [account, address, code] : cases)
        EXPECT_EQ(f.resolver.may_send(account, address).code, code) << account << " " << address;
    f.users.is_down = true;
    EXPECT_EQ(f.resolver.may_send("u", "u@l.test").code, 451);
    config = configuration();
    config.submission.senders["u"] = {"*"};
    EXPECT_EQ(Fixture(config).resolver.may_send("u", "x@x.test").code, 250);
}

TEST(Directory, KnowsWhoseMailboxAnAddressIs) {
    Fixture f;
    const std::pair<std::string_view, std::optional<std::string>> cases[] = {
        {"u@l.test", "u"},
        {"U@MX.l.test", "u"},
        {"ann@virtual.test", "ann@virtual.test"},
        {"BOB@Virtual.Test", "bob@virtual.test"},
        {"u+shop@l.test", std::nullopt},  // no name to log in by
        {"x@l.test", std::nullopt},
        {"root@l.test", std::nullopt},
        {"daemon@l.test", std::nullopt},
        {"nobody@l.test", std::nullopt},
        {"postmaster@l.test", std::nullopt},
        {"u@virtual.test", std::nullopt},
        {"u@elsewhere.test", std::nullopt},
        {"u@[192.0.2.25]", std::nullopt},
        {"", std::nullopt},
    };
    for (const auto& [address, account] : cases) {
        const auto found = f.resolver.account_of(std::string(address));
        ASSERT_TRUE(found) << address;
        EXPECT_EQ(*found, account) << address;
    }
    f.users.is_down = true;
    EXPECT_FALSE(f.resolver.account_of("u@l.test"));
}

TEST(Directory, KnowsWhichDomainsAreForUsersOfTheSystem) {
    const Fixture f;
    for (const auto* domain : {"l.test", "mx.l.test"}) EXPECT_TRUE(f.resolver.is_for_users(domain).value()) << domain;
    for (const auto* domain : {"virtual.test", "elsewhere.test", ""})
        EXPECT_FALSE(f.resolver.is_for_users(domain).value()) << domain;
}

}  // namespace
