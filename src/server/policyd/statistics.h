#pragma once
// Counts what DMARC makes of mail, in memory, and writes it down every few seconds. RFC 9990.
//
// Hostile: whoever sends mail decides how many kinds of it there are. When as many wait as there is room for they are
// written at once.

#include <functional>
#include <map>
#include <string>

#include "clocks/clock.h"
#include "policyd/collector.h"
#include "reports/database.h"

namespace policyd {

class Statistics final : public Collector {
public:
    static constexpr std::size_t most_waiting = 2'000;  // kinds of mail

    /// `complain`: hears why something could not be written, which is lost then.
    Statistics(reports::Database& database, const clocks::Clock& clock,
               std::function<void(const std::string&)> complain)
        : database_(database), clock_(clock), complain_(std::move(complain)) {}
    ~Statistics() override { write(); }

    void note(const Evaluation& evaluation) override;
    void write();

private:
    std::int64_t today() const;

    reports::Database& database_;
    const clocks::Clock& clock_;
    std::function<void(const std::string&)> complain_;
    std::int64_t day_ = 0;                                 // of what waits
    std::map<std::string, reports::Observation> waiting_;  // by what is the same of equal mail
};

}  // namespace policyd
