#include "aggregate/xml.h"

#include <gmock/gmock.h>

#include "aggregate/testing.h"

namespace aggregate {
namespace {

using testing::example_record;
using testing::example_report;
using ::testing::HasSubstr;
using ::testing::Not;
using Code = Error::Code;

// RFC 9990 §3.1.1: elements and their order.
TEST(AggregateXml, SaysWhatIsKnown) {
    const auto xml = to_xml(example_report());
    EXPECT_TRUE(
        xml.starts_with("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                        "<feedback xmlns=\"urn:ietf:params:xml:ns:dmarc-2.0\">\n<version>1.0</version>\n"
                        "<report_metadata>\n  <org_name>Receiver \"R\"</org_name>\n"))
        << xml;
    EXPECT_THAT(xml, HasSubstr("<policy_published>\n  <domain>example.com</domain>\n"
                               "  <discovery_method>treewalk</discovery_method>\n  <p>reject</p>\n"
                               "  <sp>quarantine</sp>\n  <adkim>s</adkim>\n  <aspf>r</aspf>\n  <fo>1:d</fo>\n"
                               "  <testing>y</testing>\n</policy_published>\n<record>\n  <row>\n"
                               "    <source_ip>192.0.2.123</source_ip>\n    <count>123</count>\n"
                               "    <policy_evaluated>\n      <disposition>none</disposition>\n"
                               "      <dkim>pass</dkim>\n      <spf>fail</spf>\n      <reason>\n"
                               "        <type>mailing_list</type>\n"
                               "        <comment>a &lt;list&gt; &amp; more</comment>\n"));
    EXPECT_THAT(xml, HasSubstr("<envelope_from></envelope_from>")) << "of a null reverse-path";
}

TEST(AggregateXml, IsReadBack) {
    EXPECT_EQ(parse_report(to_xml(example_report())), example_report());
    EXPECT_EQ(parse_record(to_xml(example_record())), example_record());
}

// Hostile: names that strangers chose stay inside their element.
TEST(AggregateXml, NothingEndsAnElement) {
    auto record = example_record();
    record.dkim[0].selector = "</selector><x>\r\n]]>&amp;\x01\xff\xef\xbf\xbf";
    const auto xml = to_xml(record);
    EXPECT_THAT(xml, HasSubstr("<selector>&lt;/selector&gt;&lt;x&gt;\?\?]]&gt;&amp;amp;\?\?\?</selector>"));
    const auto again = parse_record(xml);
    ASSERT_TRUE(again);
    EXPECT_EQ(again->dkim[0].selector, "</selector><x>\?\?]]>&amp;\?\?\?");
}

std::string report_with(std::string_view records, std::string_view id = "1") {
    return "<feedback><report_metadata><org_name>O</org_name><report_id>" + std::string(id) +
           "</report_id><date_range><begin>1</begin><end>2</end></date_range></report_metadata>"
           "<policy_published><domain>d.example</domain><adkim>r</adkim><p>none</p><sp>none</sp><pct>100</pct>"
           "</policy_published>" +
           std::string(records) + "</feedback>";
}

// RFC 7489 Appendix C, and what is sent in its name.
TEST(AggregateXml, ReadsReportsOfTheOldKind) {
    const auto report = parse_report(
        "\xef\xbb\xbf<?xml version=\"1.0\" encoding=\"UTF-8\" ?>\n<d:feedback xmlns:d='http://dmarc.org/dmarc-xml/0.1'>"
        "<version>0.1</version><report_metadata><org_name> a\n b\x7f </org_name><report_id>7</report_id><date_range>"
        "<begin> 10 </begin><end>20</end></date_range></report_metadata><policy_published><domain>d.example</domain>"
        "<p>reject</p></policy_published><d:record><row><source_ip>\n::1\n</source_ip><count>3</count>"
        "<policy_evaluated><disposition>Pass</disposition><dkim>pass</dkim><spf>fail</spf>"
        "<reason><type>sampled_out</type></reason></policy_evaluated></row><identities/>"
        "<identifiers><header_from>d.example</header_from></identifiers><auth_results><spf><domain>h</domain>"
        "<scope>helo</scope><result>pass</result></spf></auth_results><x:arc><row><source_ip>::2</source_ip></row>"
        "</x:arc></d:record><d:extension><record/></d:extension></d:feedback>");
    ASSERT_TRUE(report) << describe(report.error().code);
    EXPECT_EQ(report->organization, "a  b");
    EXPECT_EQ(report->begin, 10);
    ASSERT_EQ(report->records.size(), 1u);
    const auto& record = report->records[0];
    EXPECT_EQ(ip::to_text(record.source), "::1");
    EXPECT_EQ(record.count, 3u);
    EXPECT_EQ(record.disposition, dmarc::Policy::None);
    EXPECT_EQ(record.reasons, std::vector{Reason{.type = "sampled_out"}});
    EXPECT_EQ(record.envelope_from, std::nullopt);
    EXPECT_EQ(record.spf.at(0).scope, "helo");
}

TEST(AggregateXml, ReadsOtherEncodings) {
    const auto text = "<?xml version='1.0' encoding='ISO-8859-1'?>" + report_with("", "r\xe4ksm\xf6rg\xe5s");
    const auto report = parse_report(text);
    ASSERT_TRUE(report);
    EXPECT_EQ(report->id, "räksmörgås");
}

// RFC 9990 §8.1: what makes a reader of XML work.
TEST(AggregateXml, RefusesAttacks) {
    std::string deep, wide, results;
    for (int i = 0; i < 100'000; ++i) deep += "<a>";
    for (std::size_t i = 0; i <= most_records; ++i) wide += "<record><row><source_ip>::1</source_ip></row></record>";
    for (std::size_t i = 0; i <= most_results; ++i) results += "<dkim/>";
    const std::pair<std::string, Code> cases[] = {
        {"", Code::NotXml},
        {"PK\x03\x04", Code::NotXml},
        {"<html><feedback/></html>", Code::NotAReport},
        {"<feedback>", Code::NotXml},
        {report_with("", ""), Code::MissingId},
        {"<!DOCTYPE feedback [<!ENTITY a 'aaaa'>]><feedback/>", Code::HasDocumentType},
        {"<!DOCTYPE feedback SYSTEM 'file:///etc/passwd'><feedback/>", Code::HasDocumentType},
        {report_with("&a;"), Code::NotXml},
        {report_with(deep), Code::TooDeep},
        {report_with(wide), Code::TooMuch},
        {report_with("<record><auth_results>" + results + "</auth_results></record>"), Code::TooMuch},
        {"<feedback><report_metadata><report_id>1</report_id><date_range><begin>2</begin><end>1</end></date_range>"
         "</report_metadata><policy_published><domain>d</domain></policy_published></feedback>",
         Code::BadDates},
    };
    for (const auto& [xml, want] : cases) {
        const auto report = parse_report(xml);
        ASSERT_FALSE(report) << xml.substr(0, 100);
        EXPECT_EQ(report.error().code, want) << xml.substr(0, 100) << describe(report.error().code);
    }
}

TEST(AggregateXml, LongTextsAreCutAndUnreadableAddressesLeftOut) {
    Reader reader;
    EXPECT_TRUE(
        reader.add(report_with("<record><row><source_ip>nobody</source_ip></row></record>"
                               "<record><row><count>1</count></row></record>",
                               std::string(100'000, 'x'))));
    const auto report = reader.finish();
    ASSERT_TRUE(report);
    EXPECT_EQ(report->id.size(), longest_text);
    EXPECT_TRUE(report->records.empty());
    EXPECT_EQ(reader.unreadable(), 2u);
}

}  // namespace
}  // namespace aggregate
