#include "bayes/tokens.h"

#include <algorithm>

#include "bayes/html.h"
#include "fuzz.h"
#include "mime/parts.h"

// The same octets give the same tokens, in order and bounded, whether or not their texts are kept; parts lie within the
// message, and the text of a page is not much longer than the page.
FUZZ(message) {
    const auto tokens = bayes::tokens_of(message);
    const auto again = bayes::tokens_of(message, bayes::Texts::Kept);
    VERIFY(tokens.tokens == again.tokens && tokens.identity == again.identity);
    VERIFY(std::ranges::is_sorted(tokens.tokens) && tokens.tokens.size() <= bayes::most_tokens);
    for (const auto token : tokens.tokens) VERIFY(again.texts.contains(token));
    const auto is_within = [&](std::string_view piece) {
        return piece.empty() ||
               (piece.data() >= message.data() && piece.data() + piece.size() <= message.data() + message.size());
    };
    mime::for_each_part(message,
                        [&](const mime::Part& part) { VERIFY(is_within(part.header) && is_within(part.body)); });
    VERIFY(bayes::read_html(message).text.size() <= 2 * message.size() + 16);
}
