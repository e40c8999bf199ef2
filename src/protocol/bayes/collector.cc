#include "bayes/collector.h"

#include <algorithm>

#include "text/utf8.h"

namespace bayes {
namespace {

constexpr std::size_t longest_text = 100;

}  // namespace

bool Collector::keep(Token token) {
    if (is_full()) return false;
    ++added_;
    tokens_.push_back(token);
    return keeps_;
}

void Collector::keep_text(Token token, std::string_view prefix, std::string_view word) {
    std::string text(prefix);
    if (!text.empty()) text += ':';
    text += text::utf8_prefix(word, longest_text);
    texts_.try_emplace(token, std::move(text));
}

void Collector::keep_pair(Token token, Token first, Token second) {
    texts_.try_emplace(token, texts_[first] + ' ' + texts_[second]);
}

void Collector::finish(Tokens& into) {
    std::ranges::sort(tokens_);
    const auto twice = std::ranges::unique(tokens_);
    tokens_.erase(twice.begin(), twice.end());
    tokens_.resize(std::min(tokens_.size(), most_tokens));  // the lowest: as good as any others
    into.tokens = std::move(tokens_);
    into.texts = std::move(texts_);
}

}  // namespace bayes
