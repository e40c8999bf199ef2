#include "logs/text_format.h"

#include "logs/sentence.h"
#include "logs/value_text.h"

namespace logs {
namespace {

constexpr std::size_t process_width = 12;
constexpr std::size_t id_width = 13;

void pad(std::string& out, std::size_t from, std::size_t width) {
    const std::size_t written = out.size() - from;
    if (written < width) out.append(width - written, ' ');
}

}  // namespace

void append_sentence(std::string& out, const Entry& entry) {
    const std::string_view sentence = about(entry.event).sentence;
    fill_in(out, sentence, [&](std::string& into, std::string_view key) {
        const Field* field = entry.find(key);
        if (!field || (field->kind == Field::Kind::Text && field->text.empty())) return false;
        append_value(into, *field);
        return true;
    });
    for (const Field& field : entry.fields) {
        if (is_bookkeeping(field.key) || names(sentence, field.key)) continue;
        if (field.kind == Field::Kind::Text && field.text.empty()) continue;
        out += ' ';
        out += field.key;
        out += '=';
        append_value(out, field);
    }
}

void append_text(std::string& out, const Entry& entry, std::string_view process, StampCache& stamp) {
    stamp.append(out, entry.time);
    out += ' ';
    std::size_t from = out.size();
    out += process;
    pad(out, from, process_width);
    from = out.size();
    if (entry.id) append_id(out, entry.id);
    pad(out, from, id_width);
    out += ' ';
    const Severity severity = about(entry.event).severity;
    if (severity == Severity::Alert)
        out += "ALERT: ";
    else if (severity == Severity::Warning)
        out += "warning: ";
    append_sentence(out, entry);
}

}  // namespace logs
