#pragma once
// The plan made anew, in a child of its own: text from outside is read there, and master sees an encoded Plan, whose
// lengths it checks, or words for people.

#include <boost/asio/io_context.hpp>
#include <expected>
#include <functional>
#include <string>

#include "master/errand.h"
#include "master/plan.h"

namespace master {

class Planning {
public:
    using Outcome = std::expected<Plan, std::string>;

    /// Starts at once; `done` is called once, from the loop, unless this is destroyed before.
    Planning(boost::asio::io_context& context, const PlanMaker& make, std::function<void(Outcome)> done);

private:
    Errand errand_;
};

/// What the child writes, and how it is read again.
std::string encode(const Planning::Outcome& outcome);
Planning::Outcome decode_outcome(std::string_view octets);

}  // namespace master
