#include <gtest/gtest.h>

#include "queries/filter.h"
#include "queries/sql.h"

namespace queries {
namespace {

constexpr std::string_view injection = "' OR 1=1--";
constexpr std::string_view wildcard = "*)(uid=*";

TEST(Pattern, NamesItsFields) {
    const auto fields = fields_of("ann@example.org");
    EXPECT_EQ(fields[Field::Address], "ann@example.org");
    EXPECT_EQ(fields[Field::LocalPart], "ann");
    EXPECT_EQ(fields[Field::Domain], "example.org");
    EXPECT_EQ(fields_of("ann")[Field::Domain], "");
    EXPECT_EQ(fields_of("\"a@b\"@c.test")[Field::LocalPart], "\"a@b\"");
    EXPECT_EQ(parse_pattern("a {address} b {domain}{local_part}"),
              (std::vector<Piece>{{"a ", Field::Address}, {" b ", Field::Domain}, {"", Field::LocalPart}}));
    EXPECT_EQ(parse_pattern("{} { {a b}"), (std::vector<Piece>{{"{} { {a b}", {}}}));
    EXPECT_EQ(parse_pattern("{adress}").error(),
              "there is no field {adress}: write {address}, {local_part} or {domain}");
}

TEST(Sql, FieldsAreParameters) {
    struct Case {
        std::string_view pattern;
        std::string_view text;
        std::vector<Field> parameters;
    };
    const Case cases[] = {
        {"SELECT 1 FROM m WHERE a = {address}", "SELECT 1 FROM m WHERE a = $1", {Field::Address}},
        {"SELECT 1 FROM m WHERE l = {local_part} AND d = {domain} OR d = {domain} || ''",
         "SELECT 1 FROM m WHERE l = $1 AND d = $2 OR d = $2 || ''",
         {Field::LocalPart, Field::Domain}},
        {"SELECT '{a,b}'::text[] WHERE 'it''s' <> {address}",
         "SELECT '{a,b}'::text[] WHERE 'it''s' <> $1",
         {Field::Address}},
    };
    for (const auto& [pattern, text, parameters] : cases) {
        const auto statement = parse_statement(pattern);
        ASSERT_TRUE(statement) << statement.error();
        EXPECT_EQ(statement->text, text);
        EXPECT_EQ(statement->parameters, parameters);
    }
}

TEST(Sql, WhatCannotBeMeantIsRefused) {
    for (const auto* pattern : {"", "SELECT 1", "SELECT 1 FROM m WHERE a = '{address}'", "SELECT 1 WHERE a = {user}",
                                "SELECT 1 FROM \"{domain}\" WHERE a = {address}"})
        EXPECT_FALSE(parse_statement(pattern)) << pattern;
}

// RFC 4515 §3: "*", "(", ")", "\" and NUL are written as octets in hexadecimal.
TEST(LdapFilter, ValuesStandForThemselves) {
    EXPECT_EQ(escape_in_filter(wildcard), "\\2a\\29\\28uid=\\2a");
    EXPECT_EQ(escape_in_filter(std::string("a\\b\0c", 5)), "a\\5cb\\00c");
    EXPECT_EQ(escape_in_filter("j\xc3\xbcrgen"), "j\\c3\\bcrgen");
    EXPECT_EQ(escape_in_filter("ann.o'hara+x"), "ann.o'hara+x");
    const auto filled = fill_filter("(&(objectClass=person)(|(mail={address})(uid={local_part})))",
                                    fields_of(std::string(wildcard) + "@example.org"));
    const auto filter = parse_filter(filled);
    ASSERT_TRUE(filter) << filled;
    ASSERT_EQ(filter->inner.size(), 2u) << filled;
    ASSERT_EQ(filter->inner[1].inner.size(), 2u) << filled;
    EXPECT_EQ(filter->inner[1].inner[0].values, std::vector{std::string(wildcard) + "@example.org"});
    EXPECT_EQ(filter->inner[1].inner[1].values, std::vector{std::string(wildcard)});
}

TEST(LdapFilter, FlawsAreFoundBeforehand) {
    for (const auto* good :
         {"(mail={address})", "(&(a=b)(!(c={local_part}))(d=*{domain}*))", "(cn:dn:2.4.6.8.10:={local_part})",
          "(userAccountControl:1.2.840.113556.1.4.803:=2)", "(objectClass=*)", "(uidNumber>=1000)"})
        EXPECT_EQ(filter_flaw(good), "") << good;
    for (const auto* bad : {"", "mail={address}", "(mail={address}", "(mail={address}))", "({local_part}=x)", "(&)",
                            "(mail={user})", "(mail=\\zz)", "(!(a=b)(c=d))", "(=x)"})
        EXPECT_NE(filter_flaw(bad), "") << bad;
    std::string deep = "(a=b)";
    for (int i = 0; i < 1000; ++i) deep = "(!" + deep + ")";
    EXPECT_NE(filter_flaw(deep), "");
}

TEST(Sql, AnInjectionIsAValue) {
    const auto statement = parse_statement("SELECT 1 FROM m WHERE a = {address}");
    EXPECT_EQ(fields_of(std::string(injection) + "@x.test")[statement->parameters[0]],
              std::string(injection) + "@x.test");
    EXPECT_FALSE(statement->text.contains(injection));
}

}  // namespace
}  // namespace queries
