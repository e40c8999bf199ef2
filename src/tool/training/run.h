#pragma once
// `hermod bayes`: the filter that learns is taught, asked and made to forget.

#include <span>

namespace training {

int run(std::span<char*> arguments);

}  // namespace training
