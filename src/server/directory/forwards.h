#pragma once
// The senders of what leaves for other servers because of an alias or of somebody's instructions: rewritten where they
// would not pass SPF there. What is already sent in a list owner's name stays so, and the null sender is nobody's.
//
// In doubt it is rewritten: where the DNS, or policyd, does not answer. Bounces find their way either way; unrewritten
// mail may be refused.

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "directory/inbox.h"
#include "directory/rewriting.h"
#include "file/descriptor.h"
#include "ipc/link.h"
#include "logs/log.h"
#include "policyd/inbox.h"

namespace directory {

/// Whether a sender may stay as it is. A seam; tests have their own.
class Passages {
public:
    virtual ~Passages() = default;
    /// Told later, or at once; none: nobody can say.
    virtual void ask(const std::string& reverse_path, std::function<void(std::optional<bool> is_free)> tell) = 0;
};

/// policyd, by the line to it. Without one, when it dies, and when it takes too long, nobody can say.
class PolicydLine final : public Passages {
public:
    static constexpr std::chrono::seconds longest{60};
    using After = std::function<void(std::chrono::milliseconds, std::move_only_function<void()>)>;

    PolicydLine(boost::asio::io_context& context, After after) : context_(context), after_(std::move(after)) {}

    /// Who answers its own questions: where its letters go.
    using LookUps = std::function<void(const LookUp&, std::function<void(const Resolved&)> tell)>;
    void answer_by(LookUps look_up) { look_up_ = std::move(look_up); }

    void connect(file::Descriptor socket);
    void ask(const std::string& reverse_path, std::function<void(std::optional<bool> is_free)> tell) override;

private:
    void look_up(std::uint64_t connection, const LookUp& asked);
    void answer(std::uint64_t ticket, std::optional<bool> is_free);
    void lose();

    boost::asio::io_context& context_;
    After after_;
    LookUps look_up_;
    std::uint64_t connection_ = 0;  // to it
    std::unique_ptr<ipc::Link<FromPolicyd, policyd::FromDirectory>> link_;
    std::uint64_t last_ticket_ = 0;
    std::map<std::uint64_t, std::function<void(std::optional<bool>)>> waiting_;
};

class Forwards {
public:
    using Tell = std::function<void(const Resolved&)>;

    /// All outlive it.
    Forwards(Passages& passages, logs::Log& log) : passages_(passages), log_(log) {}

    /// Tells `resolved` with the senders that its recipients need. `is_own_sender`: of a domain of ours.
    void settle(std::shared_ptr<const Rewriting> rewriting, const LookUp& asked, Resolved resolved, bool is_own_sender,
                Tell tell);

private:
    void rewrite(const Rewriting& rewriting, const LookUp& asked, Resolved& resolved);

    Passages& passages_;
    logs::Log& log_;
    bool has_complained_ = false;
};

/// It leaves for another server, and not because it was asked for; and it is not sent in a list owner's name.
bool is_sent_on(const LookUp& asked, const spool::Recipient& recipient);
/// Whether the reverse-path of anything that goes to these recipients is in question.
bool sends_on(const LookUp& asked, const Resolved& resolved);

}  // namespace directory
