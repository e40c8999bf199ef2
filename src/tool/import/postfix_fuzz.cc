// Whatever stands in main.cf and in the tables that it names, what is made of it is a configuration that our processes
// read.
#include "import/postfix.h"

#include "config/load.h"
#include "config/parse.h"
#include "directory/config.h"
#include "fuzz.h"
#include "qmgr/config.h"

FUZZ(input) {
    constexpr std::string_view border = "\n--\n";
    const auto main = input.substr(0, input.find(border));
    const std::string tables(input.substr(std::min(main.size() + border.size(), input.size())));
    const auto [draft, report, mailboxes] =
        import::translate_postfix({"/p/main.cf", std::string(main)}, "/p/mailboxes",
                                  [&](const std::string& path) -> std::expected<import::File, std::string> {
                                      return import::File{path, tables};
                                  });
    const auto document = config::parse_text(import::to_toml(draft, report), "hermod.toml");
    VERIFY(document.has_value());
    VERIFY(config::read<directory::Config>(*document).has_value());
    VERIFY(config::read<qmgr::Config>(*document).has_value());
}
