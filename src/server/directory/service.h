#pragma once
// The questions of smtpd, pickup and deliver, answered one after another as they come.

#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <map>
#include <memory>
#include <utility>
#include <variant>

#include "deliver/inbox.h"
#include "directory/inbox.h"
#include "directory/resolver.h"
#include "ipc/link.h"
#include "logs/log.h"
#include "process/process.h"
#include "smtpd/inbox.h"

namespace directory {

class Service {
public:
    Service(boost::asio::io_context& context, logs::Log& log) : context_(context), log_(log) {}

    void use(std::unique_ptr<Resolver> resolver) { resolver_ = std::move(resolver); }
    /// In place of an earlier process of the same role and index.
    void connect(process::Peer peer);
    /// The server ends: those who leave are nothing to complain of.
    void close() { is_closing_ = true; }

private:
    using Asker = ipc::Link<FromSmtpd, smtpd::FromDirectory>;
    using Finder = ipc::Link<FromDeliver, deliver::FromDirectory>;
    using Name = std::pair<process::Role, std::uint8_t>;

    void connect_asker(Name name, file::Descriptor socket);
    void connect_finder(Name name, file::Descriptor socket);
    void answer(Name name, Asker& asker, FromSmtpd message);
    void lost(Name name, const std::string& why);

    boost::asio::io_context& context_;
    logs::Log& log_;
    std::unique_ptr<Resolver> resolver_;
    bool is_closing_ = false;
    std::map<Name, std::unique_ptr<Asker>> askers_;
    std::map<Name, std::unique_ptr<Finder>> finders_;
};

}  // namespace directory
