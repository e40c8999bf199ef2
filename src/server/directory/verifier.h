#pragma once
// Those who alone can say whether a password is right, and whose mailbox an address is: what the threads that look at
// passwords ask of others. Seams; tests have their own.

#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <expected>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "authd/inbox.h"
#include "directory/users.h"
#include "file/descriptor.h"
#include "file/loop_questions.h"
#include "ipc/link.h"

namespace directory {

class Verifier {
public:
    virtual ~Verifier() = default;
    /// Blocks; from any thread. The ticket is filled in there.
    virtual Checked::Verdict check(authd::Check question) = 0;
};

/// Whose a mailbox is, if anybody's.
struct Owner {
    std::optional<std::string> account;  // as Resolver::account_of() has it
    bool could_be_user = false;          // of this system, by the domain
};

class Mailboxes {
public:
    using Looked = std::expected<Owner, Unavailable>;
    virtual ~Mailboxes() = default;
    /// Blocks; from any thread.
    virtual Looked owner(const std::string& address) = 0;
};

/// authd, by the line to it. Without one, and when it dies, every answer is "later".
class AuthdLine final : public Verifier {
public:
    static constexpr std::chrono::seconds longest{90};  // login.check_time, and a turn to wait for

    AuthdLine(boost::asio::io_context& context, file::LoopQuestions& questions)
        : context_(context), questions_(questions) {}

    void connect(file::Descriptor socket);
    Checked::Verdict check(authd::Check question) override;

private:
    using Tell = file::LoopQuestions::Tell<Checked::Verdict>;

    void put(authd::Check question, Tell tell);
    void take(const Checked& answer);
    void lose();

    boost::asio::io_context& context_;
    file::LoopQuestions& questions_;
    std::unique_ptr<ipc::Link<FromAuthd, authd::FromDirectory>> link_;
    std::uint64_t last_ticket_ = 0;
    std::map<std::uint64_t, Tell> waiting_;
};

/// The resolver, which the event loop alone may ask.
class ResolvedMailboxes final : public Mailboxes {
public:
    static constexpr std::chrono::seconds longest{30};
    using Ask = std::function<Looked(const std::string& address)>;

    ResolvedMailboxes(file::LoopQuestions& questions, Ask ask) : questions_(questions), ask_(std::move(ask)) {}
    Looked owner(const std::string& address) override;

private:
    file::LoopQuestions& questions_;
    Ask ask_;
};

}  // namespace directory
