#pragma once
// What every process promises of its inbox: whatever octets a broken-into neighbour sends, decoding them either fails
// or yields a message that encodes to the same octets; and nothing else happens.
#include <fcntl.h>

#include <deque>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "ipc/codec.h"
#include "lang/verify.h"

template <typename Inbox>
void inbox_round_trip(std::string_view bytes) {
    std::deque<file::Descriptor> given;
    for (int i = 0; i < 2; ++i) given.emplace_back(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    const auto message = ipc::decode<Inbox>(bytes, given);
    if (!message) return;
    std::string again;
    std::vector<file::Descriptor> descriptors;
    std::visit([&](const auto& m) { ipc::encode<Inbox>(m, ipc::Encoded{again, descriptors}); }, *message);
    VERIFY(again == bytes);
    VERIFY(descriptors.size() + given.size() == 2);
}

/// The first octet chooses which of several inboxes the rest is for.
template <typename... Inboxes>
void inbox_round_trips(std::string_view bytes) {
    if (bytes.empty()) return;
    const auto which = static_cast<unsigned char>(bytes.front()) % sizeof...(Inboxes);
    std::size_t i = 0;
    ((i++ == which ? inbox_round_trip<Inboxes>(bytes.substr(1)) : void()), ...);
}
