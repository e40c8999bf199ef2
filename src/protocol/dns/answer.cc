#include "dns/answer.h"

#include <utility>

namespace dns {

std::string to_text(const Question& question) { return to_text(question.type) + ' ' + to_text(question.name); }

std::string_view describe(Outcome outcome) {
    switch (outcome) {
        case Outcome::Secure: return "secure";
        case Outcome::Insecure: return "insecure";
        case Outcome::Bogus: return "bogus";
        case Outcome::Failed: return "failed";
    }
    return "";
}

Answer failed(std::string reason) {
    Answer answer;
    answer.reason = std::move(reason);
    return answer;
}

Answer bogus(std::string reason) {
    Answer answer = failed(std::move(reason));
    answer.outcome = Outcome::Bogus;
    return answer;
}

}  // namespace dns
