#pragma once
// A worker's work without the process around it: questions in, answers out. Blocks.

#include <memory>
#include <string>
#include <variant>

#include "file/disk.h"
#include "maildrop/maildrop.h"
#include "pop3d/inbox.h"
#include "reader/inbox.h"

namespace reader {

using Answer = std::variant<pop3d::Counted, pop3d::Looked, pop3d::Listed, pop3d::Piece, pop3d::Updated>;

class Session {
public:
    explicit Session(maildrop::Maildrop& maildrop) : maildrop_(maildrop) {}

    Answer answer(const ToWorker& question);
    /// Nothing more is to be asked: the mail is deleted.
    bool is_over() const { return is_over_; }

private:
    Answer handle(const CountMessages&);
    Answer handle(const Look& look);
    Answer handle(const ListMessages& list);
    Answer handle(const Fetch& fetch);
    Answer handle(const FetchMore&);
    Answer handle(const Mark& mark);
    Answer handle(const UnmarkAll&);
    Answer handle(const Update&);

    std::string text(About about, std::uint32_t message);

    maildrop::Maildrop& maildrop_;
    std::unique_ptr<file::OpenFile> file_;  // of the message under way
    std::uint64_t sent_ = 0;
    bool is_over_ = false;
};

}  // namespace reader
