#pragma once
// The sources of accounts outside, [[accounts]], as directory has them: threads that ask them, what they have said, and
// the questions that wait for it.

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "accounts/records_in_order.h"
#include "directory/checkers.h"
#include "directory/config.h"
#include "directory/inquiries.h"
#include "directory/pool.h"
#include "logs/log.h"
#include "sources/source.h"

namespace directory {

/// All that is needed to call them; before the fences go up, as passwords are read.
struct Gathered {
    std::vector<sources::Terms> terms;
    std::vector<std::string> troubles;  // for the log
};
Gathered gather_sources(const Config& config);

class External {
public:
    struct Surroundings {
        file::ThreadWorker::Post post;  // back into the event loop, from any thread
        logs::Log& log;
        const clocks::Clock& clock;
        accounts::Records& own;  // what was made by command, which counts first
        std::function<std::unique_ptr<accounts::Keeper>()> own_keeper;
        std::string nobodys_hash;  // a password is checked against it where there is no account
        std::function<void(std::chrono::milliseconds, std::move_only_function<void()>)> after;
    };
    static constexpr std::chrono::seconds names_again{60}, unknown_names_again{3};

    External(Surroundings around, const Config& config, std::vector<sources::Terms> terms);

    accounts::Records& records() { return records_; }
    Inquiries& inquiries() { return inquiries_; }
    void add_to(CheckersByDomain& checkers);

private:
    struct Place {
        sources::Terms terms;
        std::vector<std::string> domains;  // A-labels
        KeptAccounts kept;
        std::unique_ptr<Pool<sources::Source>> finders = nullptr;
        std::unique_ptr<CheckerThreads> checkers = nullptr;
        std::set<std::string> unknown_names = {};
        std::unique_ptr<file::ThreadWorker> finder_of_names = nullptr;
    };
    static std::vector<std::unique_ptr<Place>> places_of(std::vector<sources::Terms> terms, const clocks::Clock& clock);
    static std::vector<accounts::Records*> all_records(accounts::Records& own,
                                                       const std::vector<std::unique_ptr<Place>>& places);
    void start(Place& place, const Config& config);
    void look_up_names(Place& place);
    void note_names(Place& place, const std::vector<std::string>& unknown);
    std::unique_ptr<Credentials> make_credentials(const std::string& hostname) const;
    Inquiries::Ask ask_by(Place& place) const;
    void note(const std::string& name, const std::string& why);

    Surroundings around_;
    std::map<std::string, bool> is_down_;
    Inquiries inquiries_;
    std::vector<std::unique_ptr<Place>> places_;
    accounts::RecordsInOrder records_;
};

}  // namespace directory
