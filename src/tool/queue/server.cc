#include "queue/server.h"

#include "lang/try.h"

namespace queue {
namespace {

constexpr std::uint32_t page_length = 500;
constexpr std::chrono::seconds patience{60};

}  // namespace

Answer<Server> Server::connect(const std::string& control_socket) {
    auto client = Client::connect(control_socket);
    if (!client) return std::unexpected(control::trouble_of(client.error(), control_socket));
    return Server(std::move(*client));
}

template <typename Wanted, typename Question>
Answer<Wanted> Server::ask(Question question) {
    question.ticket = ++ticket_;
    if (auto sent = client_.send(question); !sent) return std::unexpected(control::Trouble{.text = sent.error().text});
    while (true) {
        auto received = client_.receive(patience);
        if (!received) return std::unexpected(control::Trouble{.text = received.error().text});
        if (auto* wanted = std::get_if<Wanted>(&*received); wanted && wanted->ticket == ticket_)
            return std::move(*wanted);
        if (auto* refusal = std::get_if<admind::Answer>(&*received); refusal && refusal->ticket == ticket_)
            return std::unexpected(control::Trouble{.text = refusal->text});
    }
}

Answer<void> Server::for_each(const qmgr::Filter& filter,
                              const std::function<bool(const admind::QueuedMessage&)>& visit) {
    for (std::uint64_t after = 0;;) {
        const auto page =
            TRY(ask<admind::Listed>(qmgr::List{.ticket = 0, .filter = filter, .after = after, .limit = page_length}));
        for (const auto& message : page.messages)
            if (!visit(message)) return {};
        // A page may be empty and yet not the last: nothing on it matched; then there is no id to go on from.
        if (!page.more || page.messages.empty()) return {};
        after = page.messages.back().id;
    }
}

Answer<admind::Acted> Server::act(qmgr::Action action, const qmgr::Filter& filter) {
    return ask<admind::Acted>(qmgr::Act{.ticket = 0, .action = action, .filter = filter});
}

Answer<admind::Content> Server::fetch(std::uint64_t id) {
    return ask<admind::Content>(qmgr::Fetch{.ticket = 0, .id = id});
}

}  // namespace queue
