#pragma once
// The keys that session tickets are sealed with (RFC 5077, RFC 8446 §4.6.1). A ticket is the server's own memory of a
// session, kept by the client; whichever process the client comes to next must be able to read it, so all have the same
// keys, and get new ones before the old are worn.

#include <algorithm>
#include <array>
#include <cstdint>
#include <tuple>
#include <vector>

namespace tls {

struct TicketKey {
    std::array<std::uint8_t, 16> name{};  // stands in the ticket, in the clear
    std::array<std::uint8_t, 32> cipher{};
    std::array<std::uint8_t, 32> mac{};
    bool operator==(const TicketKey&) const = default;
};
constexpr auto fields(const TicketKey*) { return std::tuple{&TicketKey::name, &TicketKey::cipher, &TicketKey::mac}; }

/// New tickets are sealed with the first; the others are for what clients still bring. None: no tickets.
class TicketKeys {
public:
    void use(std::vector<TicketKey> keys) { keys_ = std::move(keys); }
    const TicketKey* newest() const { return keys_.empty() ? nullptr : &keys_.front(); }
    const TicketKey* find(const std::array<std::uint8_t, 16>& name) const {
        const auto found = std::ranges::find(keys_, name, &TicketKey::name);
        return found == keys_.end() ? nullptr : &*found;
    }

private:
    std::vector<TicketKey> keys_;
};

/// How long a session may be resumed, in seconds; keys are kept as long.
constexpr long longest_session = 2 * 60 * 60;

}  // namespace tls
