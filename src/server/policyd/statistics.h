#pragma once
// Counts what DMARC makes of mail, in memory, and writes it down every few seconds. RFC 9990.
//
// Hostile: whoever sends mail decides how many kinds of it there are. When as many wait as there is room for, some of
// them are written at once; never all, as mail waits for it.

#include <functional>
#include <map>
#include <string>
#include <utility>

#include "clocks/clock.h"
#include "policyd/collector.h"
#include "reports/database.h"

namespace policyd {

class Statistics final : public Collector {
public:
    static constexpr std::size_t most_waiting = 2'000;  // kinds of mail
    static constexpr std::size_t most_at_a_time = 50;   // that are written together

    /// `complain`: hears why something could not be written, which is lost then.
    Statistics(reports::Database& database, const clocks::Clock& clock,
               std::function<void(const std::string&)> complain)
        : database_(database), clock_(clock), complain_(std::move(complain)) {}
    ~Statistics() override { write(); }

    void note(const Evaluation& evaluation) override;
    void write() {
        while (write_some()) {
        }
    }
    /// What waits longest by days, in one transaction. True: more waits.
    bool write_some();

private:
    std::int64_t today() const;

    reports::Database& database_;
    const clocks::Clock& clock_;
    std::function<void(const std::string&)> complain_;
    using Kind = std::pair<std::int64_t, std::string>;  // the day, and what is the same of equal mail
    std::map<Kind, reports::Observation> waiting_;
};

}  // namespace policyd
