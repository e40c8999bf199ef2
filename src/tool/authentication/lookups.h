#pragma once
// Questions to the DNS that do not depend on each other, one after the other: a machine for Dns::answer_all_of().

#include <optional>
#include <vector>

#include "dns/answer.h"

namespace authentication {

class Lookups {
public:
    explicit Lookups(std::vector<dns::Question> questions) : questions_(std::move(questions)) { next(); }

    const std::optional<dns::Question>& question() const { return question_; }
    void answer(const dns::Answer& answer) {
        answers_.push_back(answer);
        next();
    }
    /// In the order of the questions.
    const std::vector<dns::Answer>& answers() const { return answers_; }

private:
    void next() {
        question_.reset();
        if (answers_.size() < questions_.size()) question_ = questions_[answers_.size()];
    }

    std::vector<dns::Question> questions_;
    std::vector<dns::Answer> answers_;
    std::optional<dns::Question> question_;
};

}  // namespace authentication
