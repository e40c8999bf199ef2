#include "training/run.h"

#include <fmt/format.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <boost/json.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "account/desk.h"
#include "check/arguments.h"
#include "check/load_all.h"
#include "config/load.h"
#include "lang/try.h"
#include "learned/book.h"
#include "master/make_plan.h"
#include "text/escape.h"
#include "training/messages.h"

namespace training {
namespace {

using account::refuse;
using account::Result;
using learned::Book;

constexpr std::size_t told_tokens = 30;
constexpr std::uint64_t everything = ~std::uint64_t{0};

struct Request {
    check::ConfigurationPath configuration;
    std::vector<std::string> paths;
    std::string account;
    bool is_spam = false;
    bool is_ham = false;
    bool is_brief = false;
    bool is_all = false;
    bool json = false;
    int days = 0;
};

std::unexpected<account::Trouble> trouble(const keyvalue::Error& error) {
    using Code = keyvalue::Error::Code;
    const int status = error.code == Code::Foreign                                   ? account::misused
                       : error.code == Code::Forbidden || error.code == Code::Absent ? account::no
                                                                                     : account::temporary;
    return refuse(status, "what was learned: " + keyvalue::to_text(error));
}
template <typename T>
Result<T> told(learned::Result<T> result) {
    if (!result) return trouble(result.error());
    if constexpr (std::is_void_v<T>)
        return {};
    else
        return *std::move(result);
}

/// As root the owner of the folder is become first, so that nothing in it is read or written as root.
Result<std::unique_ptr<Book>> open_book(const Request& request, keyvalue::Access access) {
    auto loaded = check::load_all(request.configuration.path);
    if (!loaded) return refuse(account::misused, config::to_text(loaded.error().front()));
    const auto plan = master::make_plan(loaded->master, {});
    struct stat status{};
    const bool is_made = ::stat(plan.policy_folder.c_str(), &status) == 0;
    const bool privileged = ::geteuid() == 0;
    if (!is_made && access == keyvalue::Access::Read) return refuse(account::no, "nothing has been learned yet");
    if (!is_made || (privileged && status.st_uid == 0))  // only root's has not been given to anybody yet
        if (auto making = master::make_policy_folder(plan, privileged); !making)
            return refuse(account::no, std::move(making).error());
    TRY(account::become_owner(plan.policy_folder));
    ::umask(077);
    return told(Book::open(plan.policy_folder + '/' + learned::file_name, access));
}

learned::Day today() { return learned::today(std::chrono::system_clock::now()); }

Result<std::string> account_of(const Request& request) {
    if (request.account.empty()) return std::string();
    return account::account_name(request.account);
}

/// Each message of the request; those that cannot be read are told, and make the command fail in the end.
Result<> each(Messages& messages, const std::function<Result<>(const Message&)>& take) {
    bool were_all_read = true;
    while (const auto message = messages.next()) {
        if (message->error.empty()) {
            TRY(take(*message));
            continue;
        }
        fmt::print(stderr, "hermod bayes: {}: {}\n", text::escaped(message->name), message->error);
        were_all_read = false;
    }
    if (!were_all_read) return refuse(account::no, "not everything could be read");
    return {};
}
Result<Messages> messages_of(const Request& request) {
    auto messages = Messages::of(request.paths);
    if (!messages) return refuse(account::temporary, std::move(messages).error());
    return *std::move(messages);
}

/// Changes for many messages, committed every so often.
class Lecture {
public:
    explicit Lecture(Book& book) : book_(book) {}

    Result<learned::Lessons*> next() {
        if (lessons_ && ++taken_ % learned::most_lessons == 0) TRY(end());
        if (!lessons_) lessons_.emplace(TRY(told(book_.begin(today()))));
        return &*lessons_;
    }
    Result<> end() {
        if (!lessons_) return {};
        auto done = told(lessons_->commit());
        lessons_.reset();
        TRY(std::move(done));
        static_cast<void>(TRY(told(book_.expire(everything))));
        return {};
    }

private:
    Book& book_;
    std::optional<learned::Lessons> lessons_;
    std::size_t taken_ = 0;
};

Result<> learn(const Request& request) {
    if (request.is_spam == request.is_ham) return refuse(account::misused, "one of --spam and --ham");
    const auto account = TRY(account_of(request));
    auto messages = TRY(messages_of(request));
    const auto book = TRY(open_book(request, keyvalue::Access::Write));
    const auto kind = request.is_spam ? learned::Kind::Spam : learned::Kind::Ham;
    std::array<std::size_t, 3> counts{};
    Lecture lecture(*book);
    auto read = each(messages, [&](const Message& message) -> Result<> {
        auto* const lessons = TRY(lecture.next());
        const auto lesson = TRY(told(lessons->learn(account, bayes::tokens_of(message.octets), kind)));
        ++counts[static_cast<std::size_t>(lesson)];
        return {};
    });
    TRY(lecture.end());
    account::print(fmt::format("{} learned as {}, {} corrected, {} known before\n", counts[0],
                               request.is_spam ? "spam" : "ham", counts[1], counts[2]));
    return read;
}

Result<> unlearn(const Request& request) {
    const auto account = TRY(account_of(request));
    auto messages = TRY(messages_of(request));
    const auto book = TRY(open_book(request, keyvalue::Access::Write));
    std::size_t count = 0;
    Lecture lecture(*book);
    auto read = each(messages, [&](const Message& message) -> Result<> {
        auto* const lessons = TRY(lecture.next());
        count += TRY(told(lessons->unlearn(account, bayes::tokens_of(message.octets))));
        return {};
    });
    TRY(lecture.end());
    account::print(fmt::format("{} unlearned\n", count));
    return read;
}

Result<> forget(const Request& request) {
    if (request.is_all == !request.account.empty()) return refuse(account::misused, "--account ACCOUNT, or --server");
    const auto account = TRY(account_of(request));
    const auto book = TRY(open_book(request, keyvalue::Access::Write));
    if (!TRY(told(book->forget(account)))) return refuse(account::no, "nothing had been learned for it");
    account::print("forgotten\n");
    return {};
}

Result<> expire(const Request& request) {
    const auto book = TRY(open_book(request, keyvalue::Access::Write));
    auto count = TRY(told(book->expire(everything)));
    if (request.days > 0) {
        const auto before = static_cast<learned::Day>(std::max(0, today() - request.days));
        count += TRY(told(book->forget_before(before, everything)));
    }
    account::print(fmt::format("{} tokens and messages forgotten\n", count));
    return {};
}

Result<> show(const Request& request) {
    const auto book = TRY(open_book(request, keyvalue::Access::Read));
    const auto summary = TRY(told(book->summary()));
    if (request.json) {
        boost::json::array accounts;
        for (const auto& one : summary.accounts)
            accounts.push_back({{"account", one.account}, {"spam", one.learned.spam}, {"ham", one.learned.ham}});
        account::print(boost::json::serialize(boost::json::object{{"accounts", std::move(accounts)},
                                                                  {"tokens", summary.tokens},
                                                                  {"messages", summary.messages},
                                                                  {"used", summary.room.used},
                                                                  {"most", summary.room.most}}) +
                       '\n');
        return {};
    }
    for (const auto& one : summary.accounts)
        account::print(fmt::format("{}: {} messages of spam, {} of ham\n",
                                   one.account.empty() ? "the server" : text::escaped(one.account), one.learned.spam,
                                   one.learned.ham));
    account::print(fmt::format("{} tokens, {} messages remembered; {} of {} octets in use\n", summary.tokens,
                               summary.messages, summary.room.used, summary.room.most));
    return {};
}

std::string line_of(const bayes::Evidence& evidence, const bayes::Tokens& tokens) {
    const auto text = tokens.texts.find(tokens.tokens[evidence.token]);
    return fmt::format("  {:.4f} {}\n", evidence.probability,
                       text == tokens.texts.end() ? "?" : text::escaped(text->second));
}

Result<> explain_one(const Request& request, const Book& book, const std::string& account, const Message& message) {
    const auto tokens = bayes::tokens_of(message.octets, request.is_brief ? bayes::Texts::Dropped : bayes::Texts::Kept);
    const auto found = TRY(told(book.classify(account, tokens, request.is_brief ? 0 : told_tokens)));
    account::print(fmt::format("{:.6f} {}\n", found.probability, text::escaped(message.name)));
    if (request.is_brief) return {};
    account::print(fmt::format("  {} of {} tokens say something; the strongest, and how likely each makes spam:\n",
                               found.evidence, tokens.tokens.size()));
    for (const auto& evidence : found.deciding) account::print(line_of(evidence, tokens));
    return {};
}

Result<> explain(const Request& request) {
    const auto account = TRY(account_of(request));
    auto messages = TRY(messages_of(request));
    const auto book = TRY(open_book(request, keyvalue::Access::Read));
    const auto learned = TRY(told(book->learned(account)));
    if (!request.is_brief)
        account::print(fmt::format("learned from {} messages of spam and {} of ham\n", learned.spam, learned.ham));
    return each(messages, [&](const Message& message) { return explain_one(request, *book, account, message); });
}

}  // namespace

int run(std::span<char*> arguments) {
    ::signal(SIGPIPE, SIG_IGN);
    CLI::App app("The filter that learns what is spam: taught, asked, made to forget.", "hermod bayes");
    app.require_subcommand(1);
    Request request;
    const auto add = [&](const char* name, const char* meaning) {
        auto* const command = app.add_subcommand(name, meaning);
        request.configuration.add_to(*command);
        return command;
    };
    const auto add_messages = [&](CLI::App& command) {
        command.add_option("PATH", request.paths, "A message, an mbox, a Maildir, a folder of messages, or \"-\"")
            ->required();
    };
    auto* const learning = add("learn", "These messages are spam, or are ham");
    learning->add_flag("--spam", request.is_spam, "They are unwanted");
    learning->add_flag("--ham", request.is_ham, "They are wanted");
    auto* const unlearning = add("unlearn", "As if these messages had never been learned");
    auto* const explaining = add("explain", "How likely these messages are spam, and which tokens make them so");
    explaining->add_flag("--brief", request.is_brief, "A line for each message");
    auto* const showing = add("show", "How much was learned, of whom");
    showing->add_flag("--json", request.json, "One object");
    auto* const forgetting = add("forget", "All that an account, or the server, has learned");
    forgetting->add_flag("--server", request.is_all, "What is no account's");
    auto* const expiring = add("expire", "What was not seen for long");
    expiring->add_option("--days", request.days, "Also what was not seen for so many days")
        ->check(CLI::Range(1, 36'500));
    for (auto* const command : {learning, unlearning, explaining}) add_messages(*command);
    for (auto* const command : {learning, unlearning, explaining, forgetting})
        command->add_option("--account", request.account, "Of this account alone, not of the server")
            ->type_name("ADDRESS");
    if (const auto status = check::parse(app, arguments)) return *status;
    const auto report = [](const Result<>& result) { return account::report("hermod bayes", result); };
    if (*learning) return report(learn(request));
    if (*unlearning) return report(unlearn(request));
    if (*explaining) return report(explain(request));
    if (*showing) return report(show(request));
    if (*forgetting) return report(forget(request));
    return report(expire(request));
}

}  // namespace training
