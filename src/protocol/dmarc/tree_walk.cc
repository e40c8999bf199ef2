#include "dmarc/tree_walk.h"

#include <algorithm>

#include "lang/verify.h"

namespace dmarc {
namespace {

std::size_t label_count(std::string_view domain) {
    return domain.empty() ? 0 : static_cast<std::size_t>(std::ranges::count(domain, '.')) + 1;
}

std::string parent(std::string_view domain) {
    const auto dot = domain.find('.');
    return dot == std::string_view::npos ? std::string() : std::string(domain.substr(dot + 1));
}

using Records = std::vector<std::expected<Record, RecordProblem>>;

std::string finding(const dns::Answer& answer, const Records& records) {
    if (!answer.is_usable()) return "the DNS does not answer: " + answer.reason;
    if (records.empty()) return "nothing";
    if (records.size() > 1) return "several records, which are as good as none";
    if (!records[0]) return "a record that cannot be used: " + std::string(describe(records[0].error()));
    switch (records[0]->public_suffix) {
        case PublicSuffix::Yes: return "a record, of a public suffix (psd=y)";
        case PublicSuffix::No: return "a record, of an organization (psd=n)";
        case PublicSuffix::Unknown: break;
    }
    return "a record";
}

}  // namespace

TreeWalk::TreeWalk(std::string domain) : domain_(std::move(domain)), target_(domain_) { ask_next(); }

// §4.10, steps 1 and 5: a name that is too long to have "_dmarc" in front of it has no record.
void TreeWalk::ask_next() {
    question_.reset();
    while (!target_.empty() && !question_) {
        if (const auto name = dns::parse_name("_dmarc." + target_)) question_ = dns::Question{*name, dns::Type::Txt};
        ++steps_;
        if (!question_) target_ = parent(target_);
    }
}

void TreeWalk::answer(const dns::Answer& answer) {
    VERIFY(question_.has_value());
    has_failed_ = has_failed_ || !answer.is_usable();
    Records records;
    for (const auto& one : answer.records) {
        const auto* txt = std::get_if<dns::Txt>(&one.value);
        auto record = txt ? parse_record(txt->joined()) : std::unexpected(RecordProblem::NotDmarc);
        if (record || record.error() != RecordProblem::NotDmarc) records.push_back(std::move(record));
    }
    looks_.push_back({"_dmarc." + target_, finding(answer, records)});
    // §4.10, steps 2 and 6: several are as good as none.
    if (is_at_start()) has_several_ = records.size() > 1;
    bool is_over = false;
    if (records.size() == 1 && records[0]) {
        is_over = records[0]->public_suffix != PublicSuffix::Unknown;
        found_.push_back({target_, *std::move(records[0])});
    } else if (records.size() == 1 && is_at_start()) {
        problem_ = records[0].error();
    }
    // §4.10, steps 4 and 7: long names are cut to seven labels, then one label is taken away each time.
    do target_ = parent(target_);
    while (label_count(target_) >= most_steps);
    if (is_over) target_.clear();
    ask_next();
}

const TreeWalk::Found* TreeWalk::at(std::string_view domain) const {
    const auto found = std::ranges::find(found_, domain, &Found::domain);
    return found == found_.end() ? nullptr : &*found;
}

std::string TreeWalk::organizational_domain() const {
    for (const auto& [domain, record] : found_) {
        if (record.public_suffix == PublicSuffix::No) return domain;
        if (record.public_suffix != PublicSuffix::Yes || domain == domain_) continue;
        std::string below = domain_;
        while (parent(below) != domain) below = parent(below);
        return below;
    }
    return found_.empty() ? domain_ : found_.back().domain;
}

const TreeWalk::Found* TreeWalk::public_suffix() const {
    if (found_.empty()) return nullptr;
    const auto& last = found_.back();
    return last.record.public_suffix == PublicSuffix::Yes ? &last : nullptr;
}

}  // namespace dmarc
