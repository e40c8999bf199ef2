#include "import/run.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <expected>
#include <string>

#include "check/arguments.h"
#include "config/parse.h"
#include "file/descriptor.h"
#include "import/folder.h"
#include "import/postfix.h"
#include "import/qmail.h"
#include "import/read_qmail.h"
#include "text/escape.h"
#include "text/utf8.h"

namespace import {
namespace {

struct Order {
    QmailPlaces qmail;
    std::string postfix;
    std::string mailboxes;
    std::string report;
};

int fail(std::string_view problem) {
    fmt::print(stderr, "hermod import: {}\n", text::escaped(problem));
    return 1;
}

bool write_all(int descriptor, std::string_view text) {
    while (!text.empty()) {
        const auto written = ::write(descriptor, text.data(), text.size());
        if (written <= 0) return false;
        text.remove_prefix(static_cast<std::size_t>(written));
    }
    return true;
}

/// A file that was there is never replaced.
bool write_new(const std::string& path, std::string_view text) {
    const file::Descriptor opened(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
    return opened && write_all(opened.get(), text);
}

int write(const Translation& translation, const Order& order) {
    auto report = translation.report;
    const auto configuration = to_toml(translation.draft, report);
    if (configuration.size() > config::longest_file)
        report.add({order.qmail.folder + order.postfix},
                   "the configuration is longer than the 1 MB that one file may have",
                   "divide it into files, and take them in with include");
    const auto told = to_text(report);
    if (order.report.empty())
        write_all(STDERR_FILENO, told);
    else if (!write_new(order.report, told))
        return fail(order.report + " cannot be written, or is there already");
    if (!write_all(STDOUT_FILENO, configuration)) return fail("the configuration cannot be written");
    return 0;
}

int import_qmail(const Order& order) {
    Report report;
    const auto site = read_qmail(order.qmail, report);
    if (!site) return fail(order.qmail.folder + ": " + site.error());
    auto translation = translate_qmail(*site, read_named);
    for (const auto& remark : report.remarks()) translation.report.add(remark.origin, remark.what, remark.remedy);
    return write(translation, order);
}

int import_postfix(const Order& order) {
    const auto folder = Folder::open(order.postfix);
    if (!folder) return fail(order.postfix + ": " + folder.error());
    // A link is followed: /etc/postfix/main.cf often leads to another place on purpose.
    const auto main = read_named(order.postfix + "/main.cf");
    if (!main) return fail(order.postfix + "/main.cf: " + main.error());
    const auto translation = translate_postfix(*main, order.mailboxes, read_named);
    std::string list = "# Made from Postfix's virtual_mailbox_maps.\n";
    for (const auto& address : translation.mailboxes) list += address + "\n";
    if (!order.mailboxes.empty() && !write_new(order.mailboxes, list))
        return fail(order.mailboxes + " cannot be written, or is there already");
    return write(translation, order);
}

}  // namespace

int run(std::span<char*> arguments) {
    CLI::App app("The configuration of another mail server as one for Hermod.", "hermod import");
    Order order;
    app.require_subcommand(1);
    app.add_option("--report", order.report, "Where what has no counterpart is written; else standard error")
        ->type_name("FILE");
    auto* qmail = app.add_subcommand("qmail", "qmail, netqmail, notqmail, s/qmail");
    qmail->fallthrough();
    qmail->add_option("DIR", order.qmail.folder, "/var/qmail, or a directory of control files")->required();
    qmail->add_option("--spamdyke", order.qmail.spamdyke, "spamdyke.conf")->type_name("FILE");
    qmail->add_option("--tcp-smtp", order.qmail.clients, "The rules of tcpserver for SMTP")->type_name("FILE");
    qmail->add_option("--users", order.qmail.users, "Where assign is; else users below DIR")->type_name("DIR");
    auto* postfix = app.add_subcommand("postfix", "Postfix");
    postfix->fallthrough();
    postfix->add_option("DIR", order.postfix, "/etc/postfix")->required();
    postfix->add_option("--mailboxes", order.mailboxes, "Where the addresses of virtual mailboxes are written")
        ->type_name("FILE");
    if (const auto status = check::parse(app, arguments)) return *status;
    if (!order.mailboxes.empty() && (!order.mailboxes.starts_with('/') || !text::is_utf8(order.mailboxes))) {
        fmt::print(stderr, "hermod import: write --mailboxes as a path that begins with /\n");
        return 2;
    }
    return qmail->parsed() ? import_qmail(order) : import_postfix(order);
}

}  // namespace import
