#pragma once
// A mail server of somebody else, as good and as bad as they come: takes, defers, refuses, hangs, dies after the dot.
// Pure: octets in, octets out. What it has taken it tells the Truth.

#include <string>
#include <string_view>
#include <vector>

#include "simulated_disk/dice.h"
#include "truth.h"

namespace simulation {

using simulated_disk::Dice;

class RemoteServer {
public:
    /// `chaos`: one reply in so many goes wrong; 0: none.
    RemoteServer(Truth& truth, Dice& dice, const std::uint64_t& chaos);

    std::string greeting();
    /// Everything that arrived; what is to be said.
    std::string hear(std::string_view octets);
    bool has_hung_up() const { return is_over_; }

private:
    enum class Trouble { None, HangUp, Silence, Temporary, Closing };
    Trouble some_trouble();
    bool take_one();
    void obey(const std::string& command);
    void recipient(const std::string& command);
    void begin_data();
    void end_message();
    void say(std::string_view reply) { output_ += reply, output_ += "\r\n"; }
    /// True: something went wrong instead of the usual reply.
    bool goes_wrong();

    Truth& truth_;
    Dice& dice_;
    const std::uint64_t& chaos_;
    bool offers_chunking_;
    bool offers_pipelining_;
    std::string input_;
    std::string output_;
    std::string message_;
    std::vector<std::string> recipients_;
    std::size_t chunk_left_ = 0;
    bool in_chunk_ = false;
    bool is_last_chunk_ = false;
    bool in_data_ = false;
    bool has_sender_ = false;
    bool is_over_ = false;
    bool is_mute_ = false;
};

}  // namespace simulation
