#include "logs/json_format.h"

#include "logs/value_text.h"

namespace logs {
namespace {

void append_member(std::string& out, const Field& field) {
    out += ",\"";
    append_json_text(out, field.key);
    const bool is_quoted = field.kind == Field::Kind::Text || field.is_time();
    out += is_quoted ? "\":\"" : "\":";
    if (field.kind == Field::Kind::Text)
        append_json_text(out, field.text);
    else
        append_value(out, field);
    if (is_quoted) out += '"';
}

}  // namespace

void append_json(std::string& out, const Entry& entry, std::string_view process, StampCache& stamp) {
    const Vocabulary& words = about(entry.event);
    out += "{\"time\":\"";
    stamp.append(out, entry.time);
    out += "\",\"event\":\"";
    out += words.name;
    if (entry.id) {
        out += "\",\"id\":\"";
        append_id(out, entry.id);
    }
    out += '"';
    for (const Field& field : entry.fields) append_member(out, field);
    if (words.severity != Severity::Notice)
        out += words.severity == Severity::Alert ? ",\"severity\":\"alert\"" : ",\"severity\":\"warning\"";
    append_member(out, {"process", process});
    out += '}';
}

}  // namespace logs
