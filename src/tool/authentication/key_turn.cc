#include "authentication/key_turn.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "authentication/rotation.h"
#include "check/signing_site.h"
#include "config/parse.h"
#include "lang/try.h"
#include "signing_keys/publication.h"

namespace authentication {
namespace {

using signing_keys::Folder;
using signing_keys::Key;
using signing_keys::Keys;

/// One domain, which is locked.
class Turn {
public:
    Turn(const check::SigningSite& site, Folder& folder, std::string domain, std::int64_t now)
        : site_(site), folder_(folder), domain_(std::move(domain)), now_(now) {}

    std::expected<void, std::string> go(const std::vector<master::Sighting>& seen, bool may_make) {
        keys_ = TRY(folder_.keys(domain_));
        const auto before = keys_;
        for (auto& key : keys_) note(key, seen);
        if (!todo().begin_using.empty()) take_into_use();
        const auto gone = todo().remove;
        for (const auto& key : gone) std::erase(keys_, key);
        if (keys_ != before) {
            if (auto written = folder_.replace(domain_, keys_); !written) return steps_.clear(), written;
        }
        for (const auto& key : gone) {
            TRY(folder_.remove_file(domain_, key.selector));
            tell(key, "is gone: take it out of the DNS");
        }
        return may_make && todo().is_due ? make() : std::expected<void, std::string>();
    }
    std::vector<master::KeyStep> steps() { return std::move(steps_); }

private:
    signing_keys::Todo todo() const { return signing_keys::todo(keys_, site_.terms(), now_); }
    void tell(const Key& key, std::string step, std::string record = {}) {
        steps_.push_back({record_name(domain_, key), std::move(step), std::move(record)});
    }

    /// A record that is awaited; what was not answered stays as it was.
    void note(Key& key, const std::vector<master::Sighting>& seen) {
        using enum signing_keys::State;
        const auto state = state_of(key);
        if (state == Used || state == Retired) return;
        const auto number = signing_keys::number_of(record_name(domain_, key), record_of(key));
        const auto sighting = std::ranges::find(seen, number, &master::Sighting::number);
        if (sighting == seen.end() || sighting->is_there == (key.seen != 0)) return;
        key.seen = sighting->is_there ? now_ : 0;
        if (key.seen == 0) return tell(key, "is in the DNS no more");
        tell(key, state == Revoked ? "is revoked in the DNS, too" : "is in the DNS");
    }

    void take_into_use() {
        const auto before = keys_;
        signing_keys::take_into_use(keys_, now_);
        for (std::size_t i = 0; i < keys_.size(); ++i)
            if (keys_[i] != before[i]) tell(keys_[i], keys_[i].retired == 0 ? "signs from now on" : "signs no more");
    }

    std::expected<void, std::string> make() {
        for (const auto& made : TRY(make_keys(folder_, domain_, site_.dkim, "", now_))) tell(made, "", record_of(made));
        return {};
    }

    const check::SigningSite& site_;
    Folder& folder_;
    std::string domain_;
    std::int64_t now_;
    Keys keys_;
    std::vector<master::KeyStep> steps_;
};

class Turning {
public:
    Turning(const std::vector<master::Sighting>& seen, TurnBounds bounds) : seen_(seen), bounds_(bounds) {}

    std::expected<void, std::string> go(const std::string& configuration) {
        const auto document = config::parse_text(configuration, "");
        if (!document) return std::unexpected("the configuration in use cannot be read");
        const auto site = TRY(check::signing_site_in(*document));
        if (!site.dkim.sign || site.dkim.rotate.count() == 0) return {};
        auto folder = TRY(check::open_key_folder(site));
        if (!folder) return {};
        const auto end = std::chrono::steady_clock::now() + bounds_.time;
        for (const auto& domain : TRY(folder->domains())) {
            if (std::chrono::steady_clock::now() >= end) break;
            turn(site, *folder, domain);
        }
        return {};
    }
    std::vector<master::KeyStep> steps() { return std::move(steps_); }
    const std::string& trouble() const { return trouble_; }

private:
    void turn(const check::SigningSite& site, Folder& folder, const std::string& domain) {
        const auto lock = folder.lock(domain);
        if (!lock) return;
        const auto now = std::chrono::system_clock::now().time_since_epoch();
        Turn turn(site, folder, domain, std::chrono::duration_cast<std::chrono::seconds>(now).count());
        const auto done = turn.go(seen_, made_ < bounds_.made);
        if (!done) trouble_ += fmt::format("{}{}: {}", trouble_.empty() ? "" : "; ", domain, done.error());
        for (auto& step : turn.steps()) {
            if (step.step.empty()) ++made_;
            steps_.push_back(std::move(step));
        }
    }

    const std::vector<master::Sighting>& seen_;
    TurnBounds bounds_;
    std::size_t made_ = 0;
    std::vector<master::KeyStep> steps_;
    std::string trouble_;
};

}  // namespace

KeyTurn turn_keys(const std::string& configuration, const std::vector<master::Sighting>& seen, TurnBounds bounds) {
    Turning turning(seen, bounds);
    const auto done = turning.go(configuration);
    return {turning.steps(), done ? turning.trouble() : done.error()};
}

}  // namespace authentication
