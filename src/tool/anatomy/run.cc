#include "anatomy/run.h"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <cstdio>

#include "authentication/message_input.h"
#include "check/arguments.h"
#include "crypto/running_digest.h"
#include "mime/leaves.h"
#include "text/escape.h"
#include "text/hex.h"

namespace anatomy {
namespace {

namespace json = boost::json;

/// Only digests are kept: a message may be large.
class Digests final : public mime::LeafReader {
public:
    struct Leaf {
        std::string type;
        std::uint64_t size = 0;
        std::string sha256 = {};
    };
    void begin(std::string_view type) override {
        leaves_.push_back({.type = std::string(type)});
        digest_ = {};
    }
    void take(std::string_view octets) override {
        leaves_.back().size += octets.size();
        digest_.add(octets);
    }
    void end() override { leaves_.back().sha256 = text::to_hex(digest_.finish()); }
    const std::vector<Leaf>& leaves() const { return leaves_; }

private:
    std::vector<Leaf> leaves_;
    crypto::RunningDigest digest_;
};

int show_leaves(const authentication::MessageInput& input, bool as_json) {
    const auto message = input.read_whole();
    if (!message) {
        fmt::print(stderr, "hermod mime: {}\n", message.error());
        return 1;
    }
    Digests digests;
    mime::read_leaves(*message, digests);
    json::array all;
    for (const auto& [type, size, sha256] : digests.leaves()) {
        if (as_json)
            all.push_back({{"type", text::escaped(type)}, {"sha256", sha256}, {"size", size}});
        else
            fmt::print("{:10} {} {}\n", size, sha256, text::escaped(type));
    }
    if (as_json) fmt::print("{}\n", json::serialize(all));
    return 0;
}

}  // namespace

int run(std::span<char*> arguments) {
    CLI::App app("What a message is made of.", "hermod mime");
    app.require_subcommand(1);
    auto* leaves = app.add_subcommand("leaves", "The parts that have no parts, in their order, decoded");
    authentication::MessageInput input;
    input.add_to(*leaves);
    bool as_json = false;
    leaves->add_flag("--json", as_json, "Print one JSON array");
    if (const auto done = check::parse(app, arguments)) return *done;
    return show_leaves(input, as_json);
}

}  // namespace anatomy
