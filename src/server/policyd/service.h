#pragma once
// Answers each smtpd, pickup and directory. A check under way costs memory and the DNS, so there is a limit to how many
// there are; and whoever asks for more than that is told that he was not answered, as by a DNS that fails.

#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>

#include "clocks/clock.h"
#include "directory/inbox.h"
#include "ipc/link.h"
#include "ipc/tickets.h"
#include "policyd/config.h"
#include "policyd/explain.h"
#include "policyd/inbox.h"
#include "policyd/judge.h"
#include "policyd/list_health.h"
#include "policyd/reflector.h"
#include "policyd/reporting.h"
#include "policyd/room.h"
#include "policyd/scanners.h"
#include "policyd/screen.h"
#include "policyd/seal.h"
#include "policyd/sender_list.h"
#include "policyd/sign.h"
#include "process/process.h"
#include "resolver/resolver.h"
#include "smtpd/inbox.h"

namespace policyd {

class Service {
public:
    static constexpr std::size_t most_checks =
        10'000;  // of senders at a time, for all who ask; and as many for directory
    static constexpr std::size_t most_examinations = 1'000;  // of messages at a time, likewise
    static constexpr std::size_t most_awaited = 250;         // messages that something follows, until they are taken
    static constexpr std::size_t most_memory = std::size_t{600} << 20;  // octets, for messages that are looked at
    static constexpr std::size_t most_passages = 10'000;
    static constexpr std::chrono::minutes passage_age{5};  // what the DNS said may have changed

    /// All outlive it.
    struct Around {
        boost::asio::io_context& context;
        resolver::Resolver& resolver;
        const clocks::Clock& clock;
        ListHealth& lists;
        SenderList& senders;
        Outbox& outbox;
        Reporting& reporting;
        Reflector& reflector;
    };
    Service(const Around& around, Config config)
        : context_(around.context),
          resolver_(around.resolver),
          clock_(around.clock),
          lists_(around.lists),
          senders_(around.senders),
          reporting_(around.reporting),
          reflector_(around.reflector),
          judge_(around.resolver, around.clock),
          config_(std::make_shared<const Config>(std::move(config))),
          signer_(around.context, around.clock) {
        signer_.use(config_->dkim);
        judge_.tell(reporting_.collector());
        around.outbox.look_up_by([this](directory::LookUp question) { return look_up(std::move(question)); });
        around.outbox.sign_with([this](std::string message) { return sign(std::move(message)); });
    }

    /// Whoever asks; his predecessor is forgotten.
    void connect(process::Peer peer);
    /// Who has the keys; its predecessor is forgotten.
    void connect_keyd(file::Descriptor socket) { signer_.connect(std::move(socket)); }
    /// For questions from now on.
    void replace(Config config) {
        config_ = std::make_shared<const Config>(std::move(config));
        signer_.use(config_->dkim);
        reporting_.use(config_->hostname, config_->reports);
        judge_.tell(reporting_.collector());
        passages_.clear();
    }

private:
    using Link = ipc::Link<FromSmtpd, smtpd::FromPolicyd>;

    using DirectoryLink = ipc::Link<FromDirectory, directory::FromPolicyd>;
    using Asker = std::pair<process::Role, std::uint8_t>;

    struct KnownPassage {
        bool is_free = false;
        std::chrono::steady_clock::time_point until;
    };

    /// A message whose client has been answered, and what is known of it.
    struct Followed {
        std::weak_ptr<Link> asker;
        std::shared_ptr<const Config> config;
        Examine asked;  // without the message
        std::shared_ptr<const Content> content;
        Judged judged;
    };

    void connect_directory(file::Descriptor socket);
    void take(const std::shared_ptr<Link>& link, CheckSender asked);
    void take(const std::shared_ptr<Link>& link, Examine asked);
    void take(CheckPassage asked);
    net::Task<void> answer(std::weak_ptr<DirectoryLink> asker, CheckPassage asked,
                           std::shared_ptr<const Config> config);
    void remember(const std::string& reverse_path, bool is_free);
    Circumstances circumstances() const;
    net::Task<void> answer(std::weak_ptr<Link> asker, CheckSender asked, std::shared_ptr<const Config> config);
    net::Task<Examination> examined(const CheckSender& asked, const Config& config);
    net::Task<Findings> screened(const CheckSender& asked, const Config& config);
    net::Task<void> answer(std::weak_ptr<Link> asker, Examine asked, std::shared_ptr<const Config> config);
    net::Task<Judged> look_at(const Content& content, const Examine& asked, const Config& config);
    net::Task<Judged> judge(const Content& content, const Examine& asked, const Config& config, Judge::Bounds bounds);
    net::Task<void> scan(const Content& content, const Examine& asked, const Config& config, Judgement& judgement);
    net::Task<void> seal(const Content& content, const Config& config, Judged& judged);
    void take(const std::shared_ptr<Link>& link, const Settled& settled);
    void await(Followed followed);
    void follow_up(Followed followed);
    net::Task<directory::Resolved> look_up(directory::LookUp question);
    net::Task<std::string> sign(std::string message);
    net::Task<void> sign_for_our_own(const Content& content, const Examine& asked, const Config& config,
                                     Judgement& judgement);

    boost::asio::io_context& context_;
    resolver::Resolver& resolver_;
    const clocks::Clock& clock_;
    ListHealth& lists_;
    SenderList& senders_;
    Reporting& reporting_;
    Reflector& reflector_;
    Judge judge_;
    std::shared_ptr<const Config> config_;  // with the checks that began under it
    Signer signer_;
    std::map<Asker, std::shared_ptr<Link>> links_;  // theirs alone; checks look whether they are still there
    std::size_t checks_ = 0;
    std::size_t examinations_ = 0;
    Room room_{most_memory};
    Scanners scanners_;
    std::deque<Followed> awaited_;  // the first asked comes first
    ipc::Tickets<directory::Resolved> look_ups_;
    std::shared_ptr<DirectoryLink> directory_;  // ours; checks look whether it is still there
    std::size_t passage_checks_ = 0;
    std::unordered_map<std::string, KnownPassage> passages_;  // by reverse-path
};

}  // namespace policyd
