// Whatever smtpd is made to ask: an opinion comes of it, with whole header fields of ours and nothing else in them.
#include "policyd/explain.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <deque>

#include "fuzz.h"
#include "ipc/codec.h"
#include "lang/verify.h"
#include "policyd/inbox.h"
#include "text/ascii.h"

namespace {

constexpr std::string_view table = R"({"name": "s.test", "type": "TXT", "data": "v=spf1 a mx ptr exists:%{l}.%{h} ?all"}
{"name": "fail.test", "type": "TXT", "data": "v=spf1 -all exp=s.test"}
)";

bool is_field_of_ours(std::string_view line) {
    return line.starts_with("Received-SPF: ") || (!line.empty() && text::is_blank(line.front()));
}

}  // namespace

FUZZ(bytes) {
    std::deque<file::Descriptor> none;
    auto message = ipc::decode<policyd::FromSmtpd>(bytes, none);
    const auto* asked = message ? std::get_if<policyd::CheckSender>(&*message) : nullptr;
    if (!asked) return;
    resolver::TableResolver resolver(*dns::parse_table(table));
    policyd::Config config;
    config.hostname = "mx.l.test";
    config.spf.behavior = site::SpfBehavior::RejectNone;
    boost::asio::io_context context;
    std::optional<policyd::Examination> examination;
    const auto run = [&]() -> net::Task<void> {
        examination = co_await policyd::examine(resolver, config, asked->client, asked->helo, asked->reverse_path,
                                                {.passed = [] { return std::chrono::seconds(0); }, .now = 1});
    };
    boost::asio::co_spawn(context, run(), boost::asio::detached);
    context.run();
    VERIFY(examination);
    VERIFY(examination->reply.is_positive() || !examination->reply.enhanced.empty());
    const auto trace = policyd::trace_of(config.spf, *examination);
    VERIFY(trace.size() <= policyd::longest_trace);
    for (std::string_view rest = trace; !rest.empty();) {
        const auto end = rest.find("\r\n");
        VERIFY(end != std::string_view::npos && is_field_of_ours(rest.substr(0, end)));
        rest.remove_prefix(end + 2);
    }
}
