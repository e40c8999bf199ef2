#pragma once
// Files that others renew, such as certificates that certbot fetches: noticed within seconds, once their writer has
// come to rest, whether he rewrites them, renames others into their places, or switches a link on the way to them.
//
// What is in them is not read here, nor the names that the kernel reports: only that something happened, and then
// whether the paths lead to other files, or these have changed. That is looked at by a child, as a file system of
// another machine may hang: then nobody else does, and what was last seen counts. Where the kernel reports nothing
// (file systems of other machines, links behind links), that is looked at once a minute all the same.

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "master/errand.h"

namespace master {

class FileWatch {
public:
    struct Pace {
        std::chrono::milliseconds rest{1000};  // unchanged for so long: they are written
        std::chrono::milliseconds unasked{60'000};
        std::chrono::milliseconds longest_look{30'000};
    };
    /// Device, inode, octets, and when content and inode were changed; all 0: there is nothing.
    using Looks = std::vector<std::array<std::uint64_t, 7>>;
    /// In the child.
    using Looker = std::function<Looks(const std::vector<std::string>& paths)>;
    static Looks look_at(const std::vector<std::string>& paths);

    FileWatch(boost::asio::io_context& context, std::function<void()> on_change, Pace pace, Looker looker = look_at);
    FileWatch(const FileWatch&) = delete;
    FileWatch& operator=(const FileWatch&) = delete;

    /// In place of those so far. Of new ones nobody knows since when they are as they are: `on_change` is called soon.
    void use(std::vector<std::string> paths);

private:
    int open();
    void listen();
    void look_after(std::chrono::milliseconds delay);
    void look();
    void take(const std::string& octets);

    boost::asio::io_context& context_;
    std::function<void()> on_change_;
    Pace pace_;
    Looker looker_;
    std::vector<std::string> paths_;
    boost::asio::posix::stream_descriptor events_;
    boost::asio::steady_timer timer_;
    Looks reported_;
    Looks last_;
    std::unique_ptr<Errand> looking_;
};

}  // namespace master
