// From XML: expat's events, gathered by where in the document they are.
#include <expat.h>

#include <charconv>
#include <functional>
#include <unordered_map>

#include "aggregate/xml.h"
#include "text/ascii.h"
#include "text/utf8.h"

namespace aggregate {
namespace {

using Code = Error::Code;

/// Blanks for what would end a line or command a terminal; none at the ends.
std::string cleaned(std::string_view text) {
    std::string out;
    for (text = text::utf8_prefix(text, longest_text); !text.empty();) {
        const auto length = std::max<std::size_t>(text::utf8_character_length(text), 1);
        const bool is_c1 = text.size() > 1 && text[0] == '\xc2' && static_cast<unsigned char>(text[1]) < 0xa0;
        if (text::is_control(text.front()) || is_c1)
            out += ' ';
        else
            out += text.substr(0, length);
        text.remove_prefix(length);
    }
    return std::string(text::trim(out));
}

template <typename Number>
std::optional<Number> number(std::string_view text) {
    Number value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value;
}

std::optional<dmarc::Policy> policy(std::string_view text) {
    for (const auto policy : {dmarc::Policy::None, dmarc::Policy::Quarantine, dmarc::Policy::Reject})
        if (text::equal_ignoring_case(text, to_text(policy))) return policy;
    return std::nullopt;
}

dmarc::Alignment alignment(std::string_view text) {
    return text::starts_with_ignoring_case(text, "s") ? dmarc::Alignment::Strict : dmarc::Alignment::Relaxed;
}

bool is_pass(std::string_view text) { return text::equal_ignoring_case(text, "pass"); }

/// What is being read, and whether it can be read.
struct Draft {
    Report report;
    Record record;
    bool has_source = false;
    bool has_begin = false;
    bool has_end = false;
};

using Take = void (*)(Draft&, std::string);

/// An element's text, by the way to it. What stands elsewhere is an extension, or of a standard to come (§5).
const std::unordered_map<std::string_view, Take>& takers() {
    static const std::unordered_map<std::string_view, Take> all{
        {"/feedback/report_metadata/org_name", [](Draft& d, std::string t) { d.report.organization = std::move(t); }},
        {"/feedback/report_metadata/email", [](Draft& d, std::string t) { d.report.email = std::move(t); }},
        {"/feedback/report_metadata/extra_contact_info",
         [](Draft& d, std::string t) { d.report.contact = std::move(t); }},
        {"/feedback/report_metadata/report_id", [](Draft& d, std::string t) { d.report.id = std::move(t); }},
        {"/feedback/report_metadata/generator", [](Draft& d, std::string t) { d.report.generator = std::move(t); }},
        {"/feedback/report_metadata/error",
         [](Draft& d, std::string t) {
             if (d.report.errors.size() < most_results) d.report.errors.push_back(std::move(t));
         }},
        {"/feedback/report_metadata/date_range/begin",
         [](Draft& d, std::string t) {
             const auto value = number<std::int64_t>(t);
             d.has_begin = value.has_value();
             d.report.begin = value.value_or(0);
         }},
        {"/feedback/report_metadata/date_range/end",
         [](Draft& d, std::string t) {
             const auto value = number<std::int64_t>(t);
             d.has_end = value.has_value();
             d.report.end = value.value_or(0);
         }},
        {"/feedback/policy_published/domain",
         [](Draft& d, std::string t) { d.report.published.domain = std::move(t); }},
        {"/feedback/policy_published/p",
         [](Draft& d, std::string t) { d.report.published.policy = policy(t).value_or(dmarc::Policy::None); }},
        {"/feedback/policy_published/sp",
         [](Draft& d, std::string t) { d.report.published.subdomain_policy = policy(t); }},
        {"/feedback/policy_published/np",
         [](Draft& d, std::string t) { d.report.published.nonexistent_policy = policy(t); }},
        {"/feedback/policy_published/adkim", [](Draft& d, std::string t) { d.report.published.dkim = alignment(t); }},
        {"/feedback/policy_published/aspf", [](Draft& d, std::string t) { d.report.published.spf = alignment(t); }},
        {"/feedback/policy_published/fo",
         [](Draft& d, std::string t) { d.report.published.failure_options = std::move(t); }},
        {"/feedback/policy_published/testing",
         [](Draft& d, std::string t) { d.report.published.is_testing = text::equal_ignoring_case(t, "y"); }},
        {"/feedback/record/row/source_ip",
         [](Draft& d, std::string t) {
             const auto address = ip::parse_address(t);
             d.has_source = address.has_value();
             if (address) d.record.source = *address;
         }},
        {"/feedback/record/row/count",
         [](Draft& d, std::string t) { d.record.count = number<std::uint64_t>(t).value_or(0); }},
        {"/feedback/record/row/policy_evaluated/disposition",
         [](Draft& d, std::string t) { d.record.disposition = policy(t).value_or(dmarc::Policy::None); }},
        {"/feedback/record/row/policy_evaluated/dkim",
         [](Draft& d, std::string t) { d.record.is_dkim_aligned = is_pass(t); }},
        {"/feedback/record/row/policy_evaluated/spf",
         [](Draft& d, std::string t) { d.record.is_spf_aligned = is_pass(t); }},
        {"/feedback/record/row/policy_evaluated/reason/type",
         [](Draft& d, std::string t) {
             if (!d.record.reasons.empty()) d.record.reasons.back().type = std::move(t);
         }},
        {"/feedback/record/row/policy_evaluated/reason/comment",
         [](Draft& d, std::string t) {
             if (!d.record.reasons.empty()) d.record.reasons.back().comment = std::move(t);
         }},
        {"/feedback/record/identifiers/header_from",
         [](Draft& d, std::string t) { d.record.header_from = std::move(t); }},
        {"/feedback/record/identifiers/envelope_from",
         [](Draft& d, std::string t) { d.record.envelope_from = std::move(t); }},
        {"/feedback/record/auth_results/dkim/domain",
         [](Draft& d, std::string t) { d.record.dkim.back().domain = std::move(t); }},
        {"/feedback/record/auth_results/dkim/selector",
         [](Draft& d, std::string t) { d.record.dkim.back().selector = std::move(t); }},
        {"/feedback/record/auth_results/dkim/result",
         [](Draft& d, std::string t) { d.record.dkim.back().result = std::move(t); }},
        {"/feedback/record/auth_results/dkim/human_result",
         [](Draft& d, std::string t) { d.record.dkim.back().human_result = std::move(t); }},
        {"/feedback/record/auth_results/spf/domain",
         [](Draft& d, std::string t) { d.record.spf.back().domain = std::move(t); }},
        {"/feedback/record/auth_results/spf/scope",
         [](Draft& d, std::string t) { d.record.spf.back().scope = std::move(t); }},
        {"/feedback/record/auth_results/spf/result",
         [](Draft& d, std::string t) { d.record.spf.back().result = std::move(t); }},
        {"/feedback/record/auth_results/spf/human_result",
         [](Draft& d, std::string t) { d.record.spf.back().human_result = std::move(t); }},
    };
    return all;
}

/// In the wild: reports have namespaces, prefixes, or neither.
std::string_view local_name(std::string_view name) {
    const auto colon = name.rfind(':');
    return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

}  // namespace

struct Reader::State {
    struct Frees {
        void operator()(XML_Parser done) const { ::XML_ParserFree(done); }
    };
    std::unique_ptr<std::remove_pointer_t<XML_Parser>, Frees> parser{::XML_ParserCreate(nullptr)};
    Draft draft;
    std::string path;
    std::size_t depth = 0;
    std::string text;
    std::size_t unreadable = 0;
    std::optional<Error> error;

    void fail(Code code) {
        if (error) return;
        error = Error{code, static_cast<std::size_t>(::XML_GetCurrentLineNumber(parser.get()))};
        ::XML_StopParser(parser.get(), XML_FALSE);
    }

    template <typename List>
    void begin(List& list) {
        if (list.size() >= most_results) return fail(Code::TooMuch);
        list.emplace_back();
    }

    void open(std::string_view name) {
        if (error) return;
        if (++depth > most_depth || name.size() > longest_text) return fail(Code::TooDeep);
        path.append("/").append(local_name(name));
        text.clear();
        if (depth == 1 && path != "/feedback") return fail(Code::NotAReport);
        if (path == "/feedback/record") {
            draft.record = {};
            draft.has_source = false;
        } else if (path == "/feedback/record/row/policy_evaluated/reason") {
            begin(draft.record.reasons);
        } else if (path == "/feedback/record/auth_results/dkim") {
            begin(draft.record.dkim);
        } else if (path == "/feedback/record/auth_results/spf") {
            begin(draft.record.spf);
        }
    }

    void close() {
        if (error) return;
        if (const auto taker = takers().find(path); taker != takers().end()) taker->second(draft, cleaned(text));
        if (path == "/feedback/record") end_record();
        text.clear();
        path.resize(path.rfind('/'));
        --depth;
    }

    void end_record() {
        if (!draft.has_source) {
            ++unreadable;
            return;
        }
        if (draft.report.records.size() >= most_records) return fail(Code::TooMuch);
        draft.report.records.push_back(std::move(draft.record));
    }

    void add_text(std::string_view more) {
        if (text.size() < longest_text) text += more.substr(0, longest_text - text.size());
    }

    void note_outcome(XML_Status status) {
        if (status == XML_STATUS_OK || error) return;
        error = Error{Code::NotXml, static_cast<std::size_t>(::XML_GetCurrentLineNumber(parser.get()))};
    }
};

Reader::Reader() : state_(std::make_unique<State>()) {
    auto* parser = state_->parser.get();
    ::XML_SetUserData(parser, state_.get());
    ::XML_SetElementHandler(
        parser, [](void* state, const char* name, const char**) { static_cast<State*>(state)->open(name); },
        [](void* state, const char*) { static_cast<State*>(state)->close(); });
    ::XML_SetCharacterDataHandler(parser, [](void* state, const char* text, int length) {
        static_cast<State*>(state)->add_text({text, static_cast<std::size_t>(length)});
    });
    // Hostile: entities are declared in a document type. No report has one.
    ::XML_SetStartDoctypeDeclHandler(parser, [](void* state, const char*, const char*, const char*, int) {
        static_cast<State*>(state)->fail(Code::HasDocumentType);
    });
}

Reader::~Reader() = default;

bool Reader::add(std::string_view piece) {
    if (state_->error) return false;
    state_->note_outcome(
        ::XML_Parse(state_->parser.get(), piece.data(), static_cast<int>(piece.size()), /*isFinal=*/XML_FALSE));
    return !state_->error;
}

std::expected<Report, Error> Reader::finish() {
    if (!state_->error) state_->note_outcome(::XML_Parse(state_->parser.get(), nullptr, 0, /*isFinal=*/XML_TRUE));
    if (state_->error) return std::unexpected(*state_->error);
    const auto& [report, record, has_source, has_begin, has_end] = state_->draft;
    if (report.id.empty()) return std::unexpected(Error{Code::MissingId});
    if (report.published.domain.empty()) return std::unexpected(Error{Code::MissingDomain});
    if (!has_begin || !has_end || report.begin < 0 || report.end < report.begin)
        return std::unexpected(Error{Code::BadDates});
    return std::move(state_->draft.report);
}

std::size_t Reader::unreadable() const { return state_->unreadable; }

std::expected<Report, Error> parse_report(std::string_view xml) {
    Reader reader;
    reader.add(xml);
    return reader.finish();
}

std::expected<Record, Error> parse_record(std::string_view xml) {
    static constexpr std::string_view before =
        "<feedback><report_metadata><report_id>-</report_id><date_range><begin>0</begin><end>0</end></date_range>"
        "</report_metadata><policy_published><domain>-</domain></policy_published>";
    Reader reader;
    if (reader.add(before) && reader.add(xml)) reader.add("</feedback>");
    auto report = reader.finish();
    if (!report) return std::unexpected(report.error());
    if (report->records.size() != 1) return std::unexpected(Error{Code::NotAReport});
    return std::move(report->records.front());
}

std::string_view describe(Error::Code code) {
    switch (code) {
        case Code::NotXml: return "it is no XML";
        case Code::HasDocumentType: return "it declares a document type";
        case Code::TooDeep: return "its elements are nested too deep";
        case Code::TooMuch: return "it has too many records or results";
        case Code::NotAReport: return "it is no aggregate report";
        case Code::MissingId: return "it has no report_id";
        case Code::MissingDomain: return "it does not say whose policy it is about";
        case Code::BadDates: return "it does not say of which time it is";
    }
    return "";
}

}  // namespace aggregate
