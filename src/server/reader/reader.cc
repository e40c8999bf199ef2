#include "reader/reader.h"

#include "reader/children.h"

namespace reader {
namespace {

constexpr std::chrono::seconds sweep_every{1};
constexpr std::chrono::milliseconds look_again{10};

}  // namespace

Reader::Reader(boost::asio::io_context& context, const clocks::Clock& clock, logs::Log& log, const Config& config,
               WorkerStart start)
    : context_(context),
      log_(log),
      start_(start),
      desk_(clock, {.mail_directory = config.mail_directory, .most = config.pop3.sessions},
            {.start = [this](const owner::Place& place) { return start_worker(place, start_); },
             .watch = [this](std::int64_t pid) { watch_child(context_, pid, [this, pid] { desk_.ended(pid); }); },
             .answer =
                 [this](std::uint8_t holder, const pop3d::Opened& opened) {
                     if (const auto found = pop3d_.find(holder); found != pop3d_.end()) found->second->send(opened);
                 },
             .on_trouble =
                 [this](const std::string& account, const std::string& why) {
                     log_.event(logs::Event::Warning, {{"reason", why}, {"account", account}});
                 }}),
      sweeping_(context),
      farewell_(context) {}

void Reader::connect(process::Peer peer) {
    if (peer.role == process::Role::Pop3d) return connect_pop3d(peer.index, std::move(peer.socket));
    if (peer.role != process::Role::Directory) return;
    directory_ = std::make_unique<DirectoryLink>(
        context_, std::move(peer.socket),
        DirectoryLink::Handlers{.on_message =
                                    [this](FromDirectory message) {
                                        desk_.take(std::get<Grant>(std::move(message)));
                                        sweep_later();
                                    },
                                .on_gone = [this](const std::string&) { directory_.reset(); }});
}

void Reader::connect_pop3d(std::uint8_t index, file::Descriptor socket) {
    desk_.forget(index);
    pop3d_[index] = std::make_unique<Pop3dLink>(context_, std::move(socket),
                                                Pop3dLink::Handlers{.on_message =
                                                                        [this, index](FromPop3d message) {
                                                                            desk_.take(index, std::get<Open>(message));
                                                                            sweep_later();
                                                                        },
                                                                    .on_gone =
                                                                        [this, index](const std::string&) {
                                                                            desk_.forget(index);
                                                                            pop3d_.erase(index);
                                                                        }});
}

void Reader::sweep_later() {
    if (is_sweeping_ || !desk_.is_waiting()) return;
    is_sweeping_ = true;
    sweeping_.expires_after(sweep_every);
    sweeping_.async_wait([this](const boost::system::error_code& error) {
        is_sweeping_ = false;
        if (error) return;
        desk_.sweep();
        sweep_later();
    });
}

void Reader::stop(std::chrono::milliseconds time) {
    last_moment_ = std::chrono::steady_clock::now() + time;
    wait_for_the_last();
}

void Reader::wait_for_the_last() {
    if (desk_.workers() == 0 || std::chrono::steady_clock::now() > last_moment_) return context_.stop();
    farewell_.expires_after(look_again);
    farewell_.async_wait([this](const auto&) { wait_for_the_last(); });
}

}  // namespace reader
