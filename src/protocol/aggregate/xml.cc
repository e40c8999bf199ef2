#include "aggregate/xml.h"

#include <fmt/format.h>

#include "text/ascii.h"
#include "text/utf8.h"

namespace aggregate {
namespace {

/// Fit for XML 1.0 §2.2, on one line.
std::string escaped(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        const auto length = text::utf8_character_length(text);
        const char c = text.front();
        if (c == '&')
            out += "&amp;";
        else if (c == '<')
            out += "&lt;";
        else if (c == '>')
            out += "&gt;";
        else if (length == 0 || text::is_control(c) || text.starts_with("\xef\xbf\xbe") ||
                 text.starts_with("\xef\xbf\xbf"))
            out += '?';
        else
            out += text.substr(0, length);
        text.remove_prefix(std::max<std::size_t>(length, 1));
    }
    return out;
}

class Writer {
public:
    void open(std::string_view name) { line(fmt::format("<{}>", name)), ++depth_; }
    void close(std::string_view name) { --depth_, line(fmt::format("</{}>", name)); }
    void element(std::string_view name, std::string_view value) {
        line(fmt::format("<{0}>{1}</{0}>", name, escaped(value)));
    }
    void unless_empty(std::string_view name, std::string_view value) {
        if (!value.empty()) element(name, value);
    }
    void line(std::string_view text) {
        out.append(depth_ * 2, ' ');
        out.append(text).append("\n");
    }
    std::string out;

private:
    std::size_t depth_ = 0;
};

std::string_view pass_or_fail(bool passed) { return passed ? "pass" : "fail"; }

void write_metadata(Writer& writer, const Report& report) {
    writer.open("report_metadata");
    writer.element("org_name", report.organization);
    writer.element("email", report.email);
    writer.unless_empty("extra_contact_info", report.contact);
    writer.element("report_id", report.id);
    writer.open("date_range");
    writer.element("begin", fmt::to_string(report.begin));
    writer.element("end", fmt::to_string(report.end));
    writer.close("date_range");
    for (const auto& error : report.errors) writer.element("error", error);
    writer.unless_empty("generator", report.generator);
    writer.close("report_metadata");
}

void write_published(Writer& writer, const Published& published) {
    writer.open("policy_published");
    writer.element("domain", published.domain);
    writer.element("discovery_method", "treewalk");
    writer.element("p", to_text(published.policy));
    if (published.subdomain_policy) writer.element("sp", to_text(*published.subdomain_policy));
    if (published.nonexistent_policy) writer.element("np", to_text(*published.nonexistent_policy));
    writer.element("adkim", to_text(published.dkim));
    writer.element("aspf", to_text(published.spf));
    writer.unless_empty("fo", published.failure_options);
    writer.element("testing", published.is_testing ? "y" : "n");
    writer.close("policy_published");
}

void write_row(Writer& writer, const Record& record) {
    writer.open("row");
    writer.element("source_ip", ip::to_text(record.source));
    writer.element("count", fmt::to_string(record.count));
    writer.open("policy_evaluated");
    writer.element("disposition", to_text(record.disposition));
    writer.element("dkim", pass_or_fail(record.is_dkim_aligned));
    writer.element("spf", pass_or_fail(record.is_spf_aligned));
    for (const auto& reason : record.reasons) {
        writer.open("reason");
        writer.element("type", reason.type);
        writer.unless_empty("comment", reason.comment);
        writer.close("reason");
    }
    writer.close("policy_evaluated");
    writer.close("row");
}

void write_its_own(Writer& writer, const DkimResult& result) { writer.element("selector", result.selector); }
void write_its_own(Writer& writer, const SpfResult& result) { writer.unless_empty("scope", result.scope); }

void write_each(Writer& writer, std::string_view method, const auto& results) {
    for (const auto& result : results) {
        writer.open(method);
        writer.element("domain", result.domain);
        write_its_own(writer, result);
        writer.element("result", result.result);
        writer.unless_empty("human_result", result.human_result);
        writer.close(method);
    }
}

void write_results(Writer& writer, const Record& record) {
    writer.open("auth_results");
    write_each(writer, "dkim", record.dkim);
    write_each(writer, "spf", record.spf);
    writer.close("auth_results");
}

void write_record(Writer& writer, const Record& record) {
    writer.open("record");
    write_row(writer, record);
    writer.open("identifiers");
    writer.element("header_from", record.header_from);
    if (record.envelope_from) writer.element("envelope_from", *record.envelope_from);
    writer.close("identifiers");
    write_results(writer, record);
    writer.close("record");
}

}  // namespace

std::string_view to_text(dmarc::Alignment alignment) { return alignment == dmarc::Alignment::Strict ? "s" : "r"; }

std::string to_xml(const Record& record) {
    Writer writer;
    write_record(writer, record);
    return std::move(writer.out);
}

std::string to_xml(const Report& report) {
    Writer writer;
    writer.line(R"(<?xml version="1.0" encoding="UTF-8"?>)");
    writer.line(R"(<feedback xmlns="urn:ietf:params:xml:ns:dmarc-2.0">)");
    writer.element("version", "1.0");
    write_metadata(writer, report);
    write_published(writer, report.published);
    for (const auto& record : report.records) write_record(writer, record);
    writer.line("</feedback>");
    return std::move(writer.out);
}

}  // namespace aggregate
