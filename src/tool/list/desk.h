#pragma once
// Where a list's mail is dealt with, one message after another: postings go to the members, wishes are answered, what
// comes back is counted. The rules are in protocol/lists; here they meet the database and the mail that leaves.
//
// Every message may come again (a crash, a full disk): what was done for it before is not done twice.

#include <cstdint>
#include <expected>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "dns/answer.h"
#include "file/descriptor.h"
#include "listbook/database.h"
#include "lists/address.h"
#include "lists/letters.h"
#include "lists/posting.h"
#include "lists/token.h"
#include "mime/date.h"

namespace list {

/// What becomes of the message, in the words of qmail-command(8).
struct Outcome {
    int status = 0;    // 0 done, 100 never, 111 not now
    std::string text;  // why
    bool operator==(const Outcome&) const = default;
};

/// Mail that leaves: durable once send() says so.
struct Departure {
    std::string reverse_path;
    std::vector<std::string> recipients;
    std::string_view text_before;  // fields on top of
    std::string_view text;
    bool is_lists = false;  // an address of the list is in From: it answers for it, and it may be signed
};

class Desk {
public:
    struct Surroundings {
        std::int64_t now = 0;  // seconds since 1970
        std::string hostname;
        std::function<std::string()> random;  // hexadecimal digits, new ones each time
        std::function<std::expected<void, std::string>(const Departure&)> send;
        /// Waits until nobody else sends a posting of this list; for as long as the descriptor lives.
        std::function<file::Descriptor(std::int64_t list)> lock = {};
        std::function<dns::Answer(const dns::Question&)> ask = {};
    };

    Desk(listbook::Database& database, Surroundings around) : database_(database), around_(std::move(around)) {}

    /// A message for one of a list's addresses ("dev-request@example.org"); `sender`: its reverse-path.
    Outcome take(std::string_view address, std::string_view sender, std::string_view message);

private:
    template <typename T = void>
    using Done = std::expected<T, Outcome>;

    struct Mail {
        const listbook::Entry& entry;
        const lists::List& list;
        lists::Address address;
        std::string sender;
        std::string_view message;
        std::string_view header;
    };

    Done<std::optional<listbook::Entry>> find(const std::string& local_part, const std::string& domain,
                                              lists::Address& parsed);
    Done<> deal_with(const Mail& mail);

    // postings
    Done<> post(const Mail& mail);
    Done<> hold(const Mail& mail, const std::string& key, const std::string& reason);
    Done<> moderate(const Mail& mail);
    Done<> reject(const Mail& mail, const listbook::Posting& held);
    Done<> distribute(const listbook::Entry& entry, const listbook::Posting& posting, std::string_view message);
    /// As it goes to the members, but for the fields that each has of his own.
    struct Copy {
        std::string text;
        bool is_lists = false;
    };
    Done<Copy> copy_of(const lists::List& list, const listbook::Posting& posting, std::string_view message);
    Done<bool> needs_rewriting(std::string_view header, std::int64_t came);
    Done<> send_copy(const listbook::Entry& entry, const listbook::Member& member, const Copy& copy);
    Done<bool> is_by_member(const Mail& mail);
    std::string key_of(const Mail& mail) const;

    // members
    Done<> wish(const Mail& mail, lists::Wish wish);
    Done<> request(const Mail& mail);
    Done<> confirm(const Mail& mail);
    Done<> unsubscribe_at_once(const Mail& mail);
    Done<> admit(const Mail& mail, const std::string& address);
    Done<> dismiss(const Mail& mail, const std::string& address);
    Done<> to_owners(const Mail& mail);

    // what comes back
    Done<> posting_returned(const Mail& mail);
    Done<> letter_returned(const Mail& mail);
    Done<> remedy(const listbook::Entry& entry, const listbook::Member& member, lists::Remedy what);
    Done<std::optional<listbook::Member>> member_of(const Mail& mail, lists::Purpose purpose);

    Done<> send(const Departure& departure);
    Done<> send_letter(const std::string& to, std::string_view text, const std::string& reverse_path = {});
    lists::Occasion occasion(std::string to, std::string_view original = {});
    std::string token(const lists::List& list, lists::Purpose purpose, std::int64_t number, std::string_view about,
                      std::int64_t days = 0) const;
    bool is_answered(const Mail& mail) const;

    listbook::Database& database_;
    Surroundings around_;
};

/// The same in any transaction: an error of the database is one that passes.
Outcome not_now(std::string text);
template <typename T>
std::expected<T, Outcome> told(listbook::Result<T> result) {
    if (!result) return std::unexpected(not_now("lists: " + accounts::to_text(result.error())));
    if constexpr (std::is_void_v<T>)
        return {};
    else
        return *std::move(result);
}

}  // namespace list
