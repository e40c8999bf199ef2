#pragma once
// Who asked what: requests of control programs go to qmgr, directory, acmed or master under a ticket of our own, and
// the answer goes back to the asker under his. No sockets here.
//
// A request is answered exactly once, also when whom it went to dies over it; only List has one answer for each page
// asked for.

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <unordered_map>

#include "admind/inbox.h"
#include "process/process.h"

namespace admind {

using ClientId = std::uint64_t;

class Desk {
public:
    struct Outward {
        std::function<bool(const qmgr::FromAdmind&)> to_qmgr;  // false: there is none at the moment
        std::function<bool(const directory::FromAdmind&)> to_directory;
        std::function<bool(const acmed::FromAdmind&)> to_acmed;
        std::function<void(ClientId, ToClient)> to_client;
        std::function<void(std::uint64_t ticket)> reload;
        std::function<void(std::uint64_t ticket)> stop;
    };
    explicit Desk(Outward outward) : outward_(std::move(outward)) {}

    void take(ClientId client, FromClient request);
    void forget(ClientId client);
    void take(FromQmgr answer);
    void take(FromDirectory answer);
    void take(FromAcmed answer);
    void qmgr_is_lost();
    void directory_is_lost();
    void acmed_is_lost();
    /// A new one: it hears what is paused, or is asked where nobody here knows.
    void qmgr_is_there();
    void take(const process::ProcessLine& line);
    void take(std::vector<CertificateStatus> certificates) { certificates_ = std::move(certificates); }
    void take_answer(std::uint64_t ticket, bool done, const std::string& text);

private:
    enum class For : std::uint8_t { Master, Qmgr, Directory, Acmed };
    struct Open {
        ClientId client = 0;
        std::uint64_t ticket = 0;  // the client's own
        For whom = For::Master;
        bool is_status = false;
    };
    std::uint64_t open(ClientId client, std::uint64_t ticket, For whom);
    void carry_out(ClientId client, const Command& command);
    template <typename Outward, typename Question>
    void ask(For whom, const Outward& outward, ClientId client, Question& question);
    template <typename Found>
    void hand_back(For whom, Found& found);
    void is_lost(For whom);
    void refuse(const Open& open);
    Status status(std::uint64_t ticket, Totals totals) const;
    void learn(const Totals& totals);

    Outward outward_;
    std::uint64_t last_ = 0;
    std::unordered_map<std::uint64_t, Open> open_;
    std::map<std::pair<process::Role, std::uint8_t>, process::ProcessLine> processes_;
    bool local_is_paused_ = false;  // as qmgr said last; its successor is to do the same
    bool remote_is_paused_ = false;
    std::vector<CertificateStatus> certificates_;
};

}  // namespace admind
