// `hermod dkim rotate`: the keys of a domain, carried one step on each time it is called.

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <optional>
#include <string>
#include <vector>

#include "authentication/dkim_rotate.h"
#include "authentication/key_words.h"
#include "authentication/lookups.h"
#include "authentication/surroundings.h"
#include "check/signing_site.h"
#include "dkim/signature.h"
#include "lang/try.h"
#include "signing_keys/publication.h"
#include "text/idna.h"

namespace authentication {
namespace {

using signing_keys::Folder;
using signing_keys::Key;
using signing_keys::Keys;

class Rotating {
public:
    Rotating(const RotateQuestion& question, const check::SigningSite& site, Folder& folder, std::string domain)
        : question_(question), site_(site), folder_(folder), domain_(std::move(domain)), now_(question.now.seconds()) {}

    std::expected<void, std::string> go_on() {
        const auto lock = TRY(folder_.lock(domain_));
        keys_ = TRY(folder_.keys(domain_));
        TRY(end_those_retired());
        const auto todo = signing_keys::todo(keys_, site_.terms(), now_);
        if (!todo.publish.empty()) {
            TRY(look_for(todo.publish));
            TRY(take_into_use());
        } else if (!question_.goes_on_only) {
            TRY(make_and_tell(folder_, domain_, site_, question_.selector, now_));
            keys_ = TRY(folder_.keys(domain_));
        }
        return todo.withdraw.empty() ? std::expected<void, std::string>() : look_for(todo.withdraw);
    }
    /// Whether anything changed that the running server must know of, though it may have failed then.
    bool is_changed() const { return is_changed_; }
    /// 0, 1: a record is missing, 75: the DNS did not answer.
    int status() const { return status_; }

private:
    void say(const std::string& text) const { authentication::say(domain_, text); }

    std::expected<void, std::string> end_those_retired() {
        const auto gone = signing_keys::todo(keys_, site_.terms(), now_).remove;
        if (gone.empty()) return {};
        for (const auto& key : gone) std::erase(keys_, key);
        TRY(folder_.replace(domain_, keys_));
        is_changed_ = true;
        for (const auto& key : gone) {
            TRY(folder_.remove_file(domain_, key.selector));
            say(fmt::format("{} is gone; take it out of the DNS", record_name(domain_, key)));
        }
        return {};
    }

    std::expected<void, std::string> look_for(const Keys& wanted) {
        std::vector<dns::Question> questions;
        for (const auto& key : wanted)
            if (const auto name = dns::parse_name(record_name(domain_, key)))
                questions.push_back({*name, dns::Type::Txt});
        if (questions.size() != wanted.size()) return std::unexpected("the name of its record is too long");
        Lookups lookups(questions);
        if (const auto trouble = question_.dns.answer_all_of(lookups)) return std::unexpected(*trouble);
        for (std::size_t i = 0; i < wanted.size(); ++i) note(wanted[i], lookups.answers()[i]);
        return folder_.replace(domain_, keys_);
    }

    void note(const Key& wanted, const dns::Answer& answer) {
        auto& key = *std::ranges::find(keys_, wanted.selector, &Key::selector);
        const auto name = record_name(domain_, key);
        using enum signing_keys::Published;
        switch (signing_keys::published(key, answer)) {
            case Yes:
                if (key.seen == 0) say(name + (key.revoked == 0 ? " is published" : " says that it is revoked"));
                if (key.seen == 0) key.seen = now_;
                return;
            case Unknown:
                status_ = std::max(status_, temporary);
                return say(fmt::format("{}: the DNS does not answer: {}", name, answer.reason));
            case Missing: say(name + " is not published:"); break;
            case Another: say(fmt::format("{} is published, but is something else; it has to be:", name)); break;
        }
        key.seen = 0;
        status_ = std::max(status_, 1);
        print_record(domain_, key);
    }

    std::expected<void, std::string> take_into_use() {
        auto terms = site_.terms();
        if (question_.at_once) terms.wait = 0;
        if (signing_keys::todo(keys_, terms, now_).begin_using.empty()) {
            if (!question_.goes_on_only) say(signing_keys::next_step(domain_, keys_, terms, now_));
            return {};
        }
        const auto before = keys_;
        signing_keys::take_into_use(keys_, now_);
        TRY(folder_.replace(domain_, keys_));
        is_changed_ = true;
        for (std::size_t i = 0; i < keys_.size(); ++i) {
            if (keys_[i] == before[i]) continue;
            const auto name = record_name(domain_, keys_[i]);
            say(keys_[i].retired == 0 ? name + " signs from now on"
                                      : fmt::format("{} signs no more; it stays in the DNS until {}", name,
                                                    signing_keys::time_text(now_ + terms.keep)));
        }
        return {};
    }

    const RotateQuestion& question_;
    const check::SigningSite& site_;
    Folder& folder_;
    std::string domain_;
    std::int64_t now_;
    Keys keys_;
    int status_ = 0;
    bool is_changed_ = false;
};

}  // namespace

int rotate(const RotateQuestion& question) {
    const auto site = check::signing_site(question.dns.configuration());
    if (!site) return refuse("dkim", site.error());
    auto folder = check::make_key_folder(*site);
    if (!folder) return refuse("dkim", folder.error());
    std::vector<std::string> domains{text::to_a_labels(question.domain).value_or("")};
    if (question.domain.empty()) {
        auto all = folder->domains();
        if (!all) return refuse("dkim", all.error());
        domains = *std::move(all);
    } else if (!dkim::is_domain(domains.front())) {
        return refuse("dkim", question.domain + " is no domain");
    }
    int status = 0;
    std::optional<int> failed;
    bool is_changed = false;
    for (const auto& domain : domains) {
        Rotating rotating(question, *site, *folder, domain);
        if (const auto done = rotating.go_on(); !done) failed = refuse("dkim", domain + ": " + done.error());
        is_changed = is_changed || rotating.is_changed();
        status = std::max(status, rotating.status());
    }
    if (is_changed) {
        if (!site->dkim.sign) fmt::print("no mail is signed yet: set sign = true in [dkim]\n");
        status = std::max(status, reload_server(question.dns.configuration()));
    }
    return failed.value_or(status);
}

}  // namespace authentication
