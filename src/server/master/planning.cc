#include "master/planning.h"

#include "ipc/codec.h"

namespace master {

namespace {

struct Refusal {
    std::string text;
};
constexpr auto fields(const Refusal*) { return std::tuple{&Refusal::text}; }
using Message = std::variant<Plan, Refusal>;

std::string make_in_child(const PlanMaker& make) {
    try {
        return encode(make());
    } catch (const std::exception& trouble) {
        return encode(std::unexpected(std::string(trouble.what())));
    }
}

}  // namespace

std::string encode(const Planning::Outcome& outcome) {
    std::string octets;
    std::vector<file::Descriptor> none;
    const ipc::Encoded out{octets, none};
    if (outcome)
        ipc::encode<Message>(*outcome, out);
    else
        ipc::encode<Message>(Refusal{outcome.error()}, out);
    return octets;
}

Planning::Outcome decode_outcome(std::string_view octets) {
    std::deque<file::Descriptor> none;
    auto message = ipc::decode<Message>(octets, none);
    if (!message) return std::unexpected("the configuration could not be read: the process that tried it died");
    if (auto* refusal = std::get_if<Refusal>(&*message)) return std::unexpected(std::move(refusal->text));
    Plan plan = std::get<Plan>(std::move(*message));
    const bool is_whole = plan.identities.size() == process::role_names.size() && plan.workers > 0;
    if (!is_whole) return std::unexpected("the configuration could not be read: the plan made of it is not whole");
    return plan;
}

Planning::Planning(boost::asio::io_context& context, const PlanMaker& make, std::function<void(Outcome)> done)
    : errand_(
          context, [&make] { return make_in_child(make); }, {},
          [done = std::move(done)](const std::string& octets) { done(decode_outcome(octets)); }) {}

}  // namespace master
