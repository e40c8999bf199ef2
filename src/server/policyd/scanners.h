#pragma once
// What is known of the programs of [[scanner]] from one message to the next: whether they answer, and how many messages
// they have before them.

#include <map>
#include <string>

#include "policyd/breaker.h"
#include "policyd/room.h"
#include "site/scanner.h"

namespace policyd {

class Scanners {
public:
    struct State {
        explicit State(std::uint32_t connections) : turns(connections) {}
        Breaker breaker;
        Room turns;
    };

    /// Lives as long as this does. One that a reload gives more connections begins anew.
    State& of(const site::Scanner& scanner) {
        const Key key{scanner.address, scanner.connections};
        return states_.try_emplace(key, scanner.connections).first->second;
    }

private:
    using Key = std::pair<std::string, std::uint32_t>;
    std::map<Key, State> states_;  // those of the configuration, and of earlier ones
};

}  // namespace policyd
