#pragma once
// An administrator's order under way: how many messages it concerned, and whether all it did is on disk. Its answer is
// sent once, then.

#include <cstdint>
#include <memory>

#include "qmgr/peers.h"

namespace qmgr {

class AdminOrder {
public:
    AdminOrder(Peers& peers, Peer admind, std::uint64_t ticket) : peers_(peers), admind_(admind), ticket_(ticket) {}

    Peer peer() const { return admind_; }
    void count_message() { ++messages_; }
    /// One of them is being tried at this moment.
    void count_under_way() { ++under_way_; }

    void begin_write() { ++writes_; }
    void end_write(bool durable) {
        durable_ = durable_ && durable;
        --writes_;
        answer_if_done();
    }
    /// There are no more messages to look at.
    void end() {
        has_ended_ = true;
        answer_if_done();
    }
    /// Nobody waits for the answer any more.
    void mute() { is_muted_ = true; }

private:
    void answer_if_done() {
        if (has_ended_ && writes_ == 0 && !is_muted_)
            peers_.send(admind_, admind::Acted{ticket_, messages_, under_way_, durable_});
    }

    Peers& peers_;
    Peer admind_;
    std::uint64_t ticket_;
    std::uint64_t messages_ = 0;
    std::uint64_t under_way_ = 0;
    std::uint32_t writes_ = 0;
    bool has_ended_ = false;
    bool is_muted_ = false;
    bool durable_ = true;
};

using OrderPointer = std::shared_ptr<AdminOrder>;  // shared by the job and the spool's callbacks under way

}  // namespace qmgr
