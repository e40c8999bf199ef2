#include "logs/log.h"

#include "logs/json_format.h"
#include "logs/text_format.h"

namespace logs {

Log::Log(const clocks::Clock& clock, Options options, Outputs outputs, std::move_only_function<void()> schedule_flush)
    : clock_(clock),
      options_(std::move(options)),
      log_(std::move(outputs.log)),
      events_(std::move(outputs.events)),
      schedule_flush_(std::move(schedule_flush)) {}

Log::~Log() { flush(); }

void Log::write(Event event, std::uint64_t id, Fields fields) {
    const Entry entry{.event = event, .id = id, .fields = fields, .time = clock_.wall()};
    if (log_.is_open()) write_log(entry);
    if (events_.is_open()) {
        std::string& out = events_.line();
        append_json(out, entry, options_.process, stamp_);
        out += '\n';
        events_.end_line();
    }
    if (!schedule_flush_) return flush();
    if (!std::exchange(is_scheduled_, true)) schedule_flush_();
}

void Log::write_log(const Entry& entry) {
    std::string& out = log_.line();
    switch (options_.format) {
        case Format::Text: append_text(out, entry, options_.process, stamp_); break;
        case Format::Json: append_json(out, entry, options_.process, stamp_); break;
        case Format::Qmail:
            append_qmail(out, entry, qmail_, options_.qmail, options_.qmail_stamps ? Stamps::Tai64n : Stamps::None);
            break;
    }
    if (options_.format != Format::Qmail) out += '\n';
    log_.end_line();
}

void Log::flush() {
    is_scheduled_ = false;
    log_.flush();
    events_.flush();
    report_dropped(log_);
    report_dropped(events_);
}

// Once everything kept has gone out there is room to say what has not been kept.
void Log::report_dropped(Output& output) {
    if (!output.is_empty()) return;
    const std::uint64_t lines = output.take_dropped();
    if (lines > 0) write(Event::LogDropped, 0, {{"lines", lines}});
}

void Log::replace(Outputs outputs) {
    log_.replace(std::move(outputs.log));
    events_.replace(std::move(outputs.events));
}

}  // namespace logs
