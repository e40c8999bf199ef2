#include "sendmail/line_input.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string_view>

namespace sendmail {
namespace {

constexpr std::size_t piece_size = 64 * 1024;

}  // namespace

bool LineInput::fill() {
    if (taken_ < buffer_.size()) return true;
    taken_ = 0;
    buffer_.resize(piece_size);
    ssize_t got;
    do got = ::read(descriptor_, buffer_.data(), buffer_.size());
    while (got < 0 && errno == EINTR);
    buffer_.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    return got > 0;
}

bool LineInput::take_line(std::string& out) {
    if (!fill()) return false;
    const auto rest = std::string_view(buffer_).substr(taken_);
    const auto end = rest.find('\n');
    const auto text = rest.substr(0, end);
    out += text;
    if (!text.empty()) after_cr_ = text.ends_with('\r');
    taken_ += text.size();
    if (end == rest.npos) return true;
    ++taken_;
    if (ends_ == Ends::Unknown) ends_ = after_cr_ ? Ends::CrLf : Ends::Lf;
    if (ends_ == Ends::Lf && !after_cr_) out += '\r';
    out += '\n';
    after_cr_ = false;
    return true;
}

bool LineInput::take_octets(std::uint64_t most, std::string& out) {
    if (!fill()) return false;
    const auto length = static_cast<std::size_t>(std::min<std::uint64_t>(most, buffer_.size() - taken_));
    out.append(buffer_, taken_, length);
    taken_ += length;
    return true;
}

}  // namespace sendmail
