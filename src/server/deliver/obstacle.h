#pragma once
// Why a worker could not do what it was asked; it becomes a Report.

#include <expected>
#include <string>

#include "deliver/job.h"
#include "owner/folder.h"

namespace deliver {

struct Obstacle {
    Result result = Result::Failed;
    std::string detail;

    Obstacle(Result result_, std::string detail_) : result(result_), detail(std::move(detail_)) {}
    /// Of the way to the mailbox.
    Obstacle(owner::Obstacle met) : result(result_of(met.kind)), detail(std::move(met.detail)) {}

private:
    static Result result_of(owner::Obstacle::Kind kind) {
        using enum owner::Obstacle::Kind;
        return kind == NoHome ? Result::NoHome : kind == Unsafe ? Result::Unsafe : Result::Failed;
    }
};
template <typename T>
using Way = std::expected<T, Obstacle>;

}  // namespace deliver
