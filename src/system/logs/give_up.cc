#include "logs/give_up.h"

#include "logs/log.h"

namespace logs {

int give_up(Log& log, const std::string& reason) {
    log.event(Event::Alert, {{"reason", reason}});
    log.flush();
    return 1;
}

}  // namespace logs
