#pragma once
// Who issues tokens, as far as he is asked anything: his keys by now (RFC 7517), and whether a token is good (RFC
// 7662). A seam; tests have their own.

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "directory/inbox.h"
#include "file/descriptor.h"
#include "ipc/link.h"
#include "tokend/inbox.h"

namespace directory {

class TokenIssuer {
public:
    virtual ~TokenIssuer() = default;
    /// Whether the keys are by now what the issuer has lately said. Told later, or at once.
    virtual void renew_keys(std::function<void(bool is_reached)> tell) = 0;
    /// What he says of a token, as jose::Introspection reads it; none: he cannot say now.
    virtual void introspect(std::string token, std::function<void(const std::optional<std::string>&)> tell) = 0;
};

/// tokend, by the line to it. Without one, when it dies, and when it takes too long, nobody can say.
class TokendLine final : public TokenIssuer {
public:
    static constexpr std::chrono::seconds longest{40};
    using After = std::function<void(std::chrono::milliseconds, std::move_only_function<void()>)>;

    TokendLine(boost::asio::io_context& context, After after, std::function<void(const std::string& json)> on_keys)
        : context_(context), after_(std::move(after)), on_keys_(std::move(on_keys)) {}

    void connect(file::Descriptor socket);
    void renew_keys(std::function<void(bool is_reached)> tell) override;
    void introspect(std::string token, std::function<void(const std::optional<std::string>&)> tell) override;

private:
    using Tell = std::function<void(const std::optional<std::string>&)>;

    template <typename Question>
    void put(Question question, Tell tell);
    void take(FromTokend message);
    void answer(std::uint64_t ticket, const std::optional<std::string>& said);
    void lose();

    boost::asio::io_context& context_;
    After after_;
    std::function<void(const std::string& json)> on_keys_;
    std::unique_ptr<ipc::Link<FromTokend, tokend::FromDirectory>> link_;
    std::uint64_t last_ticket_ = 0;
    std::map<std::uint64_t, Tell> waiting_;
};

}  // namespace directory
