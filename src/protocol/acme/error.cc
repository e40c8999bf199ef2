#include "acme/error.h"

#include <fmt/format.h>

namespace acme {

std::string_view describe(Error::Code code) {
    switch (code) {
        case Error::Code::Garbled: return "the server's answer makes no sense";
        case Error::Code::Refused: return "the server refuses";
        case Error::Code::TermsNotAgreed: return "the server has terms of service: read them, then set agree_terms";
        case Error::Code::AccountRequired: return "the server takes only accounts that were arranged with it elsewhere";
        case Error::Code::NoChallenge: return "the server does not offer this kind of challenge";
        case Error::Code::Invalid: return "the server did not find what proves that the name is ours";
        case Error::Code::NeverReady: return "the server did not come to a decision";
        case Error::Code::Unreachable: return "the server cannot be reached";
    }
    return "";
}

std::string to_text(const Error& error) {
    return error.detail.empty() ? std::string(describe(error.code))
                                : fmt::format("{}: {}", describe(error.code), error.detail);
}

}  // namespace acme
