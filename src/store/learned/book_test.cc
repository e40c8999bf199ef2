#include "learned/book.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>

namespace learned {
namespace {

class LearnedBook : public ::testing::Test {
protected:
    LearnedBook() {
        std::string place = (std::filesystem::temp_directory_path() / "hermod-learned-XXXXXX").string();
        if (::mkdtemp(place.data())) folder_ = place;
    }
    ~LearnedBook() override { std::filesystem::remove_all(folder_); }

    std::string path() const { return folder_ + "/" + file_name; }
    std::unique_ptr<Book> open(Limits limits = {}) const {
        auto opened = Book::open(path(), keyvalue::Access::Write, limits);
        EXPECT_TRUE(opened.has_value()) << keyvalue::to_text(opened.error());
        return opened ? *std::move(opened) : nullptr;
    }
    static Result<Lesson> learn(Book& book, std::string_view account, std::string_view text, Kind kind, Day day = 100) {
        auto lessons = book.begin(day);
        if (!lessons) return std::unexpected(lessons.error());
        auto lesson = lessons->learn(account, bayes::tokens_of(text), kind);
        if (lesson)
            if (auto done = lessons->commit(); !done) return std::unexpected(done.error());
        return lesson;
    }
    static double probability(const Book& book, std::string_view account, std::string_view text) {
        const auto found = book.classify(account, bayes::tokens_of(text));
        return found ? found->probability : -1;
    }

    std::string folder_;
};

std::string letter(std::string_view words, int number = 0) {
    return fmt::format("Message-ID: <{}>\nSubject: {}\n\n{}\n", number, words, words);
}

TEST_F(LearnedBook, JudgesByWhatItLearned) {
    const auto book = open();
    EXPECT_EQ(probability(*book, "", letter("cheap pills")), 0.5);
    for (int i = 0; i < 5; ++i) {
        EXPECT_EQ(learn(*book, "", letter("cheap pills online", i), Kind::Spam), Lesson::Learned);
        EXPECT_EQ(learn(*book, "", letter("meeting on tuesday", 10 + i), Kind::Ham), Lesson::Learned);
    }
    EXPECT_GT(probability(*book, "", letter("cheap pills", 99)), 0.9);
    EXPECT_LT(probability(*book, "", letter("tuesday meeting", 99)), bayes::surely_ham);
    EXPECT_EQ(book->learned("").value(), (bayes::Counts{5, 5}));
}

TEST_F(LearnedBook, NoMessageCountsTwiceAndWhatWasWrongIsCorrected) {
    const auto book = open();
    EXPECT_EQ(learn(*book, "", letter("one"), Kind::Spam), Lesson::Learned);
    const auto after_one = book->summary().value().tokens;
    EXPECT_EQ(learn(*book, "", letter("one"), Kind::Spam), Lesson::Known);
    EXPECT_EQ(book->learned("").value(), (bayes::Counts{1, 0}));
    EXPECT_EQ(learn(*book, "", "Return-Path: <x>\n" + letter("one"), Kind::Ham), Lesson::Corrected);
    EXPECT_EQ(book->learned("").value(), (bayes::Counts{0, 1}));
    EXPECT_EQ(book->summary().value().tokens, after_one);
    auto lessons = book->begin(100).value();
    EXPECT_TRUE(lessons.unlearn("", bayes::tokens_of(letter("one"))).value());
    EXPECT_FALSE(lessons.unlearn("", bayes::tokens_of(letter("one"))).value());
    ASSERT_TRUE(lessons.commit().has_value());
    EXPECT_EQ(book->learned("").value(), (bayes::Counts{0, 0}));
    EXPECT_EQ(book->summary().value().tokens, 0U);
    EXPECT_EQ(book->summary().value().messages, 0U);
}

TEST_F(LearnedBook, AccountsAreApart) {
    const auto book = open();
    for (int i = 0; i < 3; ++i) {
        ASSERT_TRUE(learn(*book, "ann@example.org", letter("golf", i), Kind::Ham));
        ASSERT_TRUE(learn(*book, "ann@example.org", letter("pills", 10 + i), Kind::Spam));
        ASSERT_TRUE(learn(*book, "", letter("golf", i), Kind::Spam));
        ASSERT_TRUE(learn(*book, "", letter("tea", 20 + i), Kind::Ham));
    }
    EXPECT_LT(probability(*book, "ann@example.org", letter("golf", 9)), 0.5);
    EXPECT_GT(probability(*book, "", letter("golf", 9)), 0.5);
    EXPECT_EQ(probability(*book, "bob@example.org", letter("golf", 9)), 0.5);
    EXPECT_EQ(book->summary().value().accounts.size(), 2U);
    EXPECT_EQ(book->summary().value().accounts[1].account, "ann@example.org");
    EXPECT_TRUE(book->forget("ann@example.org").value());
    EXPECT_FALSE(book->forget("ann@example.org").value());
    EXPECT_EQ(book->learned("ann@example.org").value(), bayes::Counts());
    EXPECT_GT(probability(*book, "", letter("golf", 9)), 0.5);
}

TEST_F(LearnedBook, WhatIsSeldomAndOldGoesFirstAndThereIsABound) {
    const auto book = open({.tokens = 400, .messages = 30});
    for (int i = 0; i < 3; ++i) ASSERT_TRUE(learn(*book, "", letter("often", i), Kind::Ham, 1));
    int number = 100;
    Result<Lesson> last = Lesson::Learned;
    while (last && number < 1000) {
        last = learn(*book, "", letter(fmt::format("word{} more{}", number, number), number), Kind::Spam,
                     static_cast<Day>(number));
        ++number;
    }
    ASSERT_FALSE(last);
    EXPECT_EQ(last.error().code, keyvalue::Error::Code::Full);
    EXPECT_LE(book->summary().value().tokens, 600U);
    EXPECT_EQ(book->expire(7).value(), 14U);  // at most so many of each
    ASSERT_TRUE(book->expire(100'000));
    EXPECT_EQ(book->summary().value().tokens, 300U);
    EXPECT_LE(book->summary().value().messages, 30U);
    EXPECT_EQ(book->expire(100'000).value(), 0U);
    EXPECT_LT(probability(*book, "", letter("often", 2000)), 0.5);
    // Tokens and memory of the newest are there still, those of the oldest are not.
    const auto before = book->summary().value().tokens;
    const auto nth = [](int i) { return letter(fmt::format("word{} more{}", i, i), i); };
    EXPECT_EQ(learn(*book, "", nth(number - 2), Kind::Ham), Lesson::Corrected);
    EXPECT_EQ(book->summary().value().tokens, before);
    EXPECT_EQ(learn(*book, "", nth(100), Kind::Ham), Lesson::Learned);
    EXPECT_GT(book->summary().value().tokens, before);
    ASSERT_TRUE(book->forget_before(0xffff, 100'000));
    EXPECT_EQ(book->summary().value().tokens, 0U);
}

// A store that is damaged, or another's, is an error, and nobody's is touched.
TEST_F(LearnedBook, WhatIsNoBookIsAnError) {
    std::ofstream(path()) << std::string(10'000, 'x');
    EXPECT_EQ(Book::open(path(), keyvalue::Access::Write).error().code, keyvalue::Error::Code::Damaged);
    std::filesystem::remove(path());
    EXPECT_EQ(Book::open(path(), keyvalue::Access::Read).error().code, keyvalue::Error::Code::Absent);
    {
        ASSERT_TRUE(keyvalue::Database::open(path(), {.format = "greylist", .tables = {"a"}}));
    }
    EXPECT_EQ(Book::open(path(), keyvalue::Access::Write).error().code, keyvalue::Error::Code::Foreign);
}

}  // namespace
}  // namespace learned
