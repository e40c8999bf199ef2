#pragma once
// A mail server for tests, at the other end of a connection in memory: well-behaved unless its script says otherwise.

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "clocks/clock.h"
#include "net/memory_stream.h"
#include "relay/connect.h"

namespace relay::testing {

struct Script {
    std::string greeting = "220 mx.test ESMTP\r\n";
    std::vector<std::string> extensions{"PIPELINING", "8BITMIME"};
    /// Replies by the beginning of the command ("RCPT TO:<bad@"), or "." for the end of data. Special ones below.
    std::map<std::string, std::string> replies{};
    std::size_t octets_at_a_time = 0;  // of what the server says; 0: all at once
};
inline const std::string hang_up = "(hangs up)";
inline const std::string silence = "(says nothing any more)";

/// What one server went through.
struct Record {
    std::vector<std::string> commands;
    std::vector<std::string> messages;  // as they came: dots stuffed, without the last one
    std::size_t reads = 0;
    bool is_over = false;
};

class ScriptedServer : public std::enable_shared_from_this<ScriptedServer> {
public:
    ScriptedServer(std::unique_ptr<net::Stream> stream, Script script)
        : stream_(std::move(stream)), script_(std::move(script)) {}

    Record record;

    static void start(boost::asio::io_context& context, std::shared_ptr<ScriptedServer> server) {
        boost::asio::co_spawn(context, run(std::move(server)), boost::asio::detached);
    }
    /// Only where the connection is one in memory.
    void interrupt(net::Gone::Why why) { dynamic_cast<net::MemoryStream&>(*stream_).interrupt(why); }
    void hang_up_now() { stream_->close(); }

private:
    static net::Task<void> run(std::shared_ptr<ScriptedServer> self) {
        try {
            co_await self->converse();
        } catch (const net::Gone&) {
        }
        self->stream_->close();
        self->record.is_over = true;
    }

    net::Task<void> converse() {
        output_ = script_.greeting;
        while (!is_over_) {
            while (take_one()) {
            }
            co_await speak();
            if (is_over_) co_return;
            co_await stream_->read_some(input_, 4096);
            ++record.reads;
        }
    }

    net::Task<void> speak() {
        const auto size = script_.octets_at_a_time > 0 ? script_.octets_at_a_time : output_.size();
        for (std::size_t i = 0; i < output_.size(); i += size)
            co_await stream_->write(std::string_view(output_).substr(i, size));
        output_.clear();
    }

    bool take_one() {
        if (is_over_ || is_mute_) return false;
        if (chunk_left_ > 0 || in_chunk_) return take_chunk();
        return in_data_ ? take_data() : take_command();
    }

    bool take_command() {
        const auto end = input_.find("\r\n");
        if (end == input_.npos) return false;
        const auto command = input_.substr(0, end);
        input_.erase(0, end + 2);
        record.commands.push_back(command);
        obey(command);
        return true;
    }

    bool take_data() {
        const std::string all = "\r\n" + input_;
        const auto end = all.find("\r\n.\r\n");
        if (end == all.npos) return false;
        record.messages.push_back(input_.substr(0, end));
        input_.erase(0, end + 3);
        in_data_ = false;
        end_message();
        return true;
    }

    bool take_chunk() {
        const auto size = std::min(chunk_left_, input_.size());
        chunk_ += input_.substr(0, size);
        input_.erase(0, size);
        chunk_left_ -= size;
        if (chunk_left_ > 0) return false;
        in_chunk_ = false;
        record.messages.push_back(std::exchange(chunk_, {}));
        end_message();
        return true;
    }

    void end_message() {
        if (is_lmtp_)
            for (std::size_t i = 0; i < recipients_; ++i) say(".", "250 2.0.0 taken\r\n");
        else
            say(".", "250 2.0.0 taken\r\n");
        recipients_ = 0;
    }

    void obey(const std::string& command) {
        const auto verb = command.substr(0, command.find(' '));
        if (verb == "EHLO" || verb == "LHLO") {
            is_lmtp_ = verb == "LHLO";
            return say(command, hello());
        }
        if (verb == "DATA") {
            const bool goes_ahead = recipients_ > 0 && !script_.replies.contains("DATA");
            in_data_ = goes_ahead;
            return say(command, goes_ahead ? "354 go ahead\r\n" : "503 no recipients\r\n");
        }
        if (verb == "BDAT") {
            chunk_left_ = std::stoul(command.substr(5));
            in_chunk_ = true;
            return;
        }
        const auto before = output_.size();
        say(command, verb == "QUIT" ? "221 bye\r\n" : "250 2.0.0 ok\r\n");
        if (verb == "RCPT" && output_.compare(before, 1, "2") == 0) ++recipients_;
        if (verb == "RSET") recipients_ = 0;
        if (verb == "QUIT") is_over_ = true;
    }

    std::string hello() const {
        std::string reply = "250-mx.test\r\n";
        for (const auto& extension : script_.extensions) reply += "250-" + extension + "\r\n";
        return reply + "250 HELP\r\n";
    }

    void say(const std::string& command, const std::string& usual) {
        for (const auto& [begin, reply] : script_.replies) {
            if (!command.starts_with(begin)) continue;
            if (reply == hang_up)
                is_over_ = true;
            else if (reply == silence)
                is_mute_ = true;
            else
                output_ += reply;
            if (reply.starts_with("421")) is_over_ = true;
            return;
        }
        output_ += usual;
    }

    std::unique_ptr<net::Stream> stream_;
    Script script_;
    std::string input_;
    std::string output_;
    std::string chunk_;
    std::size_t chunk_left_ = 0;
    std::size_t recipients_ = 0;
    bool in_chunk_ = false;
    bool in_data_ = false;
    bool is_lmtp_ = false;
    bool is_over_ = false;
    bool is_mute_ = false;  // from here on
};

/// Servers by place ("[192.0.2.1]:25"); a place without one refuses connections.
class ScriptedNetwork final : public Connector {
public:
    explicit ScriptedNetwork(boost::asio::io_context& context) : context_(context) {}

    std::map<std::string, Script> scripts;
    std::vector<std::string> calls;
    std::list<std::shared_ptr<ScriptedServer>> servers;  // one for each connection made
    std::size_t most_connections = 1000;

    net::Task<Connected> connect(Place place, std::chrono::milliseconds) override {
        const auto name = to_text(place);
        calls.push_back(name);
        const auto script = scripts.find(name);
        if (script == scripts.end() || servers.size() >= most_connections)
            co_return std::unexpected("Connection refused");
        auto [ours, theirs] = net::memory_streams(context_);
        servers.push_back(std::make_shared<ScriptedServer>(std::move(theirs), script->second));
        ScriptedServer::start(context_, servers.back());
        co_return std::unique_ptr<net::Stream>(std::move(ours));
    }

private:
    boost::asio::io_context& context_;
};

class FakeClock final : public clocks::Clock {
public:
    clocks::Wall wall() const override { return clocks::Wall(now.time_since_epoch()); }
    clocks::Steady steady() const override { return now; }
    clocks::Steady now{std::chrono::hours(1)};
};

}  // namespace relay::testing
