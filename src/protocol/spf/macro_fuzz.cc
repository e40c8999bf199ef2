#include "spf/macro.h"

#include "fuzz.h"

// The first line is a macro-string, the others are what it stands for. It is written down again the same; names are
// within the limits of names, texts within theirs, whatever comes in.
FUZZ(input) {
    const auto end = std::min(input.find('\n'), input.size());
    const auto values_text = input.substr(std::min(end + 1, input.size()));
    const auto half = values_text.substr(0, values_text.size() / 2);
    const spf::Values values{.local_part = half,
                             .sender_domain = values_text.substr(half.size()),
                             .domain = values_text,
                             .helo = half,
                             .receiver = "we.example",
                             .validated_name = values_text,
                             .client = input.size() % 2 ? ip::v4(0xc0000201) : ip::Address{ip::Family::V6, {}},
                             .now = -1};
    for (const auto use : {spf::MacroUse::Domain, spf::MacroUse::Modifier, spf::MacroUse::Explanation}) {
        const auto macros = spf::parse_macro_string(input.substr(0, end), use);
        if (!macros) {
            VERIFY(macros.error().offset <= end);
            continue;
        }
        VERIFY(spf::parse_macro_string(spf::to_text(*macros), use) == *macros);
        const auto name = spf::expand_domain(*macros, values);
        VERIFY(name.size() <= 253 || !name.contains('.'));
        VERIFY(!spf::to_name(name) || name.size() <= 253);
        if (const auto text = spf::expand_text(*macros, values, 512)) VERIFY(text->size() <= 512);
    }
}
