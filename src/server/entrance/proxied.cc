#include "entrance/proxied.h"

#include "proxy/header.h"

namespace entrance {

net::Task<std::optional<ip::Endpoint>> read_proxy_header(net::Stream& stream, std::string& buffer) {
    for (;;) {
        auto header = proxy::parse_header(buffer);
        if (!header)
            throw net::Gone(net::Gone::Why::Failed,
                            "bad PROXY header: " + std::string(proxy::describe(header.error())));
        if (*header) {
            buffer.erase(0, (*header)->length);
            co_return (*header)->client;
        }
        co_await stream.read_some(buffer, proxy::longest_header);
    }
}

}  // namespace entrance
