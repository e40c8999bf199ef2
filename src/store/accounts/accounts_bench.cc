// How long it takes to find out who exists, with a directory of many: what directory does for each RCPT, without the
// session around it.
//
//   accounts_bench DATABASE [LOOKUPS]
//
// The database is one that `hermod domain import` and `hermod account import` filled with bN.test and aM@bN.test, ten
// accounts a domain (./dev bench recipients does).

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <random>
#include <vector>

#include "accounts/book.h"
#include "accounts/reader.h"
#include "smtp/path.h"

namespace {

using Clock = std::chrono::steady_clock;

struct Case {
    const char* name;
    const char* form;  // of the address, with the numbers of account and domain
};
constexpr Case cases[] = {
    {"who exists", "a{0}@b{1}.test"},
    {"with an extension", "a{0}+shop@b{1}.test"},
    {"who does not", "x{0}@b{1}.test"},
    {"elsewhere", "a{0}@elsewhere{1}.test"},
};

double microseconds(std::vector<Clock::duration>& times, double part) {
    const auto at = static_cast<std::ptrdiff_t>(static_cast<double>(times.size() - 1) * part);
    std::ranges::nth_element(times, times.begin() + at);
    return std::chrono::duration<double, std::micro>(times[static_cast<std::size_t>(at)]).count();
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 2) {
        fmt::print(stderr, "usage: accounts_bench DATABASE [LOOKUPS]\n");
        return 2;
    }
    const int count = argc > 2 ? std::atoi(argv[2]) : 100'000;
    accounts::Reader reader(argv[1], [](const std::string& why) { fmt::print(stderr, "{}\n", why); });
    const auto database = reader.database();
    if (!database || !*database) return 1;
    const auto domains = (*database)->connection().number("SELECT count(*) FROM domain").value_or(0);
    const auto accounts = (*database)->connection().number("SELECT count(*) FROM account").value_or(0);
    if (domains == 0) return 1;
    const addressbook::ConfiguredBook configured(
        {.hostname = "mx.bench.test", .postmaster = {}, .domains = {}, .addressing = {}, .own_addresses = {}},
        [](std::string_view) { return addressing::Existence::No; });
    const accounts::Book book(configured, reader);
    fmt::print("{} domains, {} accounts; {} look-ups each\n", domains, accounts, count);
    std::mt19937_64 dice(7);
    for (const auto& [name, form] : cases) {
        std::vector<Clock::duration> times;
        std::size_t found = 0;
        for (int i = 0; i < count; ++i) {
            const auto domain = dice() % static_cast<std::uint64_t>(domains);
            const auto address = fmt::format(fmt::runtime(form), dice() % 10, domain);
            const auto start = Clock::now();
            const auto mailbox = smtp::parse_mailbox(address, smtp::Utf8::Allowed);
            found += addressing::resolve(book, book.rules(), *mailbox).reply.is_positive();
            times.push_back(Clock::now() - start);
        }
        fmt::print("{:18} p50 {:7.1f} us   p99 {:7.1f} us   p99.9 {:7.1f} us   {} accepted\n", name,
                   microseconds(times, 0.5), microseconds(times, 0.99), microseconds(times, 0.999), found);
    }
}
