#include "spamc/symbols.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>

#include "text/ascii.h"

namespace spamc {
namespace {

template <typename Number>
std::optional<Number> number_in(std::string_view text) {
    Number number{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return number;
}

/// Up to the separator, which goes too.
std::string_view take(std::string_view& text, std::string_view separator) {
    const auto at = text.find(separator);
    const auto taken = text.substr(0, at);
    text.remove_prefix(at == std::string_view::npos ? text.size() : at + separator.size());
    return taken;
}

/// "SPAMD/1.1 0 EX_OK"; what is wrong with it, or nothing.
std::optional<std::string> flaw_of_status(std::string_view line) {
    auto rest = line;
    if (!take(rest, " ").starts_with("SPAMD/1.")) return "it does not speak SPAMD/1: " + std::string(line);
    const auto code = number_in<int>(take(rest, " "));
    if (code != 0) return "it says: " + std::string(line);
    return std::nullopt;
}

/// "True ; 15.3 / 5.0"
std::optional<Verdict> parse_spam(std::string_view value) {
    const auto truth = text::trim(take(value, ";"));
    const auto score = number_in<double>(text::trim(take(value, "/")));
    const bool is_spam = text::equal_ignoring_case(truth, "True") || text::equal_ignoring_case(truth, "Yes");
    const bool is_ham = text::equal_ignoring_case(truth, "False") || text::equal_ignoring_case(truth, "No");
    if ((!is_spam && !is_ham) || !score || !std::isfinite(*score)) return std::nullopt;
    return Verdict{.is_spam = is_spam, .score = *score, .tests = {}};
}

std::vector<std::string> tests_in(std::string_view body) {
    std::vector<std::string> tests;
    while (!body.empty()) {
        auto name = take(body, ",");
        while (!name.empty() && !text::is_graphic(name.back())) name.remove_suffix(1);
        while (!name.empty() && !text::is_graphic(name.front())) name.remove_prefix(1);
        if (!name.empty()) tests.emplace_back(name);
    }
    return tests;
}

}  // namespace

std::string request(std::uint64_t size, std::string_view user) {
    auto head = fmt::format("SYMBOLS SPAMC/1.5\r\nContent-length: {}\r\n", size);
    if (!user.empty()) head += fmt::format("User: {}\r\n", user);
    return head + "\r\n";
}

/// Once it is there; what is wrong with it.
std::optional<std::string> ResponseReader::take_head() {
    const auto end = octets_.find("\r\n\r\n");
    if (end == std::string::npos)
        return octets_.size() > longest_head ? std::optional("its answer has no end") : std::nullopt;
    const auto head = octets_.substr(0, end);
    octets_.erase(0, end + 4);
    std::string_view rest(head);
    if (auto flaw = flaw_of_status(take(rest, "\r\n"))) return flaw;
    while (!rest.empty()) {
        auto value = take(rest, "\r\n");
        const auto name = take(value, ":");
        if (text::equal_ignoring_case(name, "Spam")) verdict_ = parse_spam(value);
        if (text::equal_ignoring_case(name, "Content-length")) length_ = number_in<std::size_t>(text::trim(value));
    }
    if (!verdict_) return "its answer has no score";
    return std::nullopt;
}

std::optional<Response> ResponseReader::add(std::string_view octets) {
    octets_ += octets.substr(0, longest_head + longest_body);
    if (!verdict_)
        if (auto flaw = take_head()) return std::unexpected(*std::move(flaw));
    if (!verdict_) return std::nullopt;
    if (octets_.size() > longest_body || length_.value_or(0) > longest_body)
        return std::unexpected("its answer has no end");
    if (!length_ || octets_.size() < *length_) return std::nullopt;
    octets_.resize(*length_);
    return finish();
}

Response ResponseReader::finish() {
    if (!verdict_) {
        std::string_view rest(octets_);  // an error is one line, without a head
        if (auto flaw = flaw_of_status(take(rest, "\r\n")); flaw && !octets_.empty())
            return std::unexpected(*std::move(flaw));
        return std::unexpected("it hangs up before it has answered");
    }
    if (length_ && octets_.size() < *length_) return std::unexpected("it hangs up in the middle of its answer");
    verdict_->tests = tests_in(octets_);
    return *verdict_;
}

}  // namespace spamc
