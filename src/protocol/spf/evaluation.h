#pragma once
// check_host() as a function: of a message, and of those answers of the DNS that are known. RFC 7208 §4 to §6.
//
// It gives the report, or the first question whose answer it lacks. spf/check.h runs it again with that answer.

#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "spf/check.h"

namespace spf {

/// Why evaluation cannot go on: an answer is missing, or it is over with an error.
struct Stop {
    std::optional<dns::Question> question;
    Result result = Result::TempError;  // where there is no question
    std::string problem;
    std::optional<Result> published{};  // what the record says all the same, where the trouble is with our own rules
};
template <typename T>
using Partly = std::expected<T, Stop>;

/// What one record, with all it refers to, says.
struct Verdict {
    Result result = Result::None;
    std::string mechanism{};
    Origin origin = Origin::Record;
    std::optional<Result> published{};         // where the origin is another one
    std::string domain{};                      // whose record decided: after redirect= another one
    std::optional<MacroString> explanation{};  // its exp=
    std::string problem{};
    bool may_be_guessed = false;  // the domain exists, and publishes nothing
};

class Evaluation {
public:
    Evaluation(const Request& request, const Policy& policy, const Answers& answers);

    std::expected<Report, dns::Question> run();

private:
    /// What may still be asked, on whose account.
    struct Account {
        unsigned lookups = 0;
        unsigned void_lookups = 0;
    };
    /// Where we are: whose record, how deep in includes. Inside an include our own rules are not asked.
    struct Place {
        std::string domain;
        unsigned depth = 0;
        bool may_use_local_rules = true;
    };

    void split_sender();
    Values values(std::string_view domain) const;
    Report report_of(Verdict verdict) const;

    Partly<Report> judge();
    Partly<Verdict> check_host(const Place& place);
    Partly<Record> record_among(const std::vector<std::string>& texts, const Place& place);
    Partly<Verdict> evaluate(const Record& record, const Place& place);
    Partly<std::optional<Verdict>> first_match(const std::vector<Directive>& directives, const Place& place);
    /// `otherwise`: what the record says where they do not match.
    Partly<std::optional<Verdict>> ask_local_rules(const Place& place, Result otherwise);
    Partly<Verdict> redirect(const MacroString& target, const Place& place);
    Partly<Verdict> guess(const Place& place, Verdict none);
    Partly<void> explain(const Verdict& verdict, Report& report);
    Partly<std::optional<std::string>> their_explanation(const Verdict& verdict);
    Partly<std::optional<std::string>> expanded(const MacroString& text, std::string_view domain);

    Partly<bool> matches(const Directive& directive, const Place& place);
    Partly<bool> matches(const All&, const Place&) { return true; }
    Partly<bool> matches(const Include&, const Place&);
    Partly<bool> matches(const A&, const Place&);
    Partly<bool> matches(const Mx&, const Place&);
    Partly<bool> matches(const Ptr&, const Place&);
    Partly<bool> matches(const Ip&, const Place&);
    Partly<bool> matches(const Exists&, const Place&);

    /// The name a term speaks of: of the place where it names none. Nothing where there can be no such name.
    Partly<std::optional<dns::Name>> target(const std::optional<MacroString>& domain, const Place& place);
    /// Nothing where it must not be expanded (RFC 8616 §4).
    Partly<std::optional<std::string>> target_text(const MacroString& domain, const Place& place);
    Partly<const dns::Answer*> ask(const dns::Name& name, dns::Type type) const;
    /// TempError where the DNS fails.
    Partly<const dns::Answer*> ask_usable(const dns::Name& name, dns::Type type) const;
    /// Likewise, and no answer counts as a void lookup (§4.6.4).
    Partly<const dns::Answer*> ask_for_term(const dns::Name& name, dns::Type type);
    Partly<void> count_lookup();
    bool has_client(const dns::Answer& addresses, int prefix_length);
    /// Of the names that the client's PTR records give, the best that leads back to it (§5.5, §7.3 "p"): `preferred`,
    /// one below it, any; or only those.
    enum class Names : std::uint8_t { OnlyBelow, Any };
    Partly<std::optional<dns::Name>> validated_name(const std::optional<dns::Name>& preferred, Names wanted) const;
    Partly<void> find_validated_name(const MacroString& macros, std::string_view domain);

    dns::Type address_type() const { return request_.client.is_v4() ? dns::Type::A : dns::Type::Aaaa; }
    int length_for_client(const PrefixLengths& lengths) const {
        return request_.client.is_v4() ? lengths.v4 : lengths.v6;
    }
    void note(const Place& place, std::string term, std::string finding);

    const Request& request_;
    const Policy& policy_;
    const Answers& answers_;
    Identity identity_;
    std::string local_part_;
    std::string sender_domain_;
    std::string validated_name_ = "unknown";  // for %{p} of the string that is expanded next
    Account sender_account_;
    Account* account_ = &sender_account_;
    std::string finding_;  // what the mechanism at hand found, for the trace
    std::vector<Step> steps_;
};

}  // namespace spf
