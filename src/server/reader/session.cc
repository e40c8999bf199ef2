#include "reader/session.h"

#include <string>

namespace reader {

using pop3::Reach;

namespace {

constexpr std::size_t longest_line = 128;  // of a list

}  // namespace

Answer Session::answer(const ToWorker& question) {
    return std::visit([this](const auto& asked) { return handle(asked); }, question);
}

Answer Session::handle(const CountMessages&) {
    const auto sum = maildrop_.count();
    return pop3d::Counted{sum.messages, sum.octets};
}

std::string Session::text(About about, std::uint32_t message) {
    return about == About::UniqueId ? maildrop_.unique_id(message) : std::to_string(maildrop_.octets(message));
}

Answer Session::handle(const Look& look) {
    const auto reach = maildrop_.reach(look.message);
    if (reach != Reach::Here) return pop3d::Looked{reach, {}};
    auto said = text(look.about, look.message);
    return pop3d::Looked{reach, std::move(said)};
}

Answer Session::handle(const ListMessages& list) {
    pop3d::Listed listed;
    listed.lines.reserve(pop3d::longest_piece + longest_line);
    for (std::uint32_t number = std::max(list.from, 1u); number <= maildrop_.size(); ++number) {
        if (listed.lines.size() >= pop3d::longest_piece) {
            listed.next = number;
            break;
        }
        if (maildrop_.reach(number) == Reach::Marked) continue;
        // Not by a format: of large mailboxes these are hundreds of thousands.
        listed.lines.append(std::to_string(number)).append(1, ' ').append(text(list.about, number)).append("\r\n");
    }
    if (listed.next == 0) maildrop_.save_sizes();
    return listed;
}

Answer Session::handle(const Fetch& fetch) {
    file_.reset();
    sent_ = 0;
    auto file = maildrop_.fetch(fetch.message);
    if (!file) return pop3d::Piece{.reach = file.error(), .octets = {}};
    file_ = std::move(*file);
    return handle(FetchMore{});
}

Answer Session::handle(const FetchMore&) {
    if (!file_) return pop3d::Piece{};
    auto octets = file_->read_at(sent_, pop3d::longest_piece);
    if (!octets) {
        file_.reset();
        return pop3d::Piece{};
    }
    sent_ += octets->size();
    const bool is_last = octets->size() < pop3d::longest_piece;
    if (is_last) file_.reset();
    return pop3d::Piece{.reach = Reach::Here, .octets = std::move(*octets), .is_last = is_last};
}

Answer Session::handle(const Mark& mark) { return pop3d::Looked{maildrop_.mark(mark.message), {}}; }

Answer Session::handle(const UnmarkAll&) {
    maildrop_.unmark_all();
    return handle(CountMessages{});
}

Answer Session::handle(const Update&) {
    file_.reset();
    is_over_ = true;
    const auto updated = maildrop_.update();
    return pop3d::Updated{updated.deleted, updated.left, updated.remaining, updated.trouble};
}

}  // namespace reader
