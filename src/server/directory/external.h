#pragma once
// The sources of accounts outside, [[accounts]], as directory has them: threads that ask them, what they have said, and
// the questions that wait for it.

#include <map>
#include <memory>
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

/// All that is needed to call them; before the fences go up, as names are looked up and passwords read.
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
    };

    External(Surroundings around, const Config& config, std::vector<sources::Terms> terms);

    accounts::Records& records() { return records_; }
    Inquiries& inquiries() { return inquiries_; }
    void add_to(CheckersByDomain& checkers);

private:
    struct Place {
        sources::Terms terms;
        std::vector<std::string> domains;  // A-labels
        KeptAccounts kept;
        std::unique_ptr<Pool<sources::Source>> finders;
        std::unique_ptr<CheckerThreads> checkers;
    };
    static std::vector<std::unique_ptr<Place>> places_of(std::vector<sources::Terms> terms, const clocks::Clock& clock);
    static std::vector<accounts::Records*> all_records(accounts::Records& own,
                                                       const std::vector<std::unique_ptr<Place>>& places);
    void start(Place& place, const Config& config);
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
