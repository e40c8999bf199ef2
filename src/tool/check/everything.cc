#include "check/everything.h"

#include "acmed/config.h"
#include "admind/config.h"
#include "authd/config.h"
#include "deliver/config.h"
#include "directory/config.h"
#include "httpd/config.h"
#include "keyd/config.h"
#include "master/config.h"
#include "pickup/config.h"
#include "policyd/config.h"
#include "pop3d/config.h"
#include "qmgr/config.h"
#include "reader/config.h"
#include "relay/config.h"
#include "runner/config.h"
#include "smtpd/config.h"
#include "tokend/config.h"

namespace check {

// The order is that of the manual page.
config::Known everything() {
    config::Known all{.shape = config::Known::Shape::Table};
    for (const config::Known& some :
         {config::schema<master::Config>(), config::schema<smtpd::Config>(), config::schema<directory::Config>(),
          config::schema<qmgr::Config>(), config::schema<relay::Config>(), config::schema<deliver::Config>(),
          config::schema<runner::Config>(), config::schema<pickup::Config>(), config::schema<admind::Config>(),
          config::schema<keyd::Config>(), config::schema<pop3d::Config>(), config::schema<reader::Config>(),
          config::schema<acmed::Config>(), config::schema<authd::Config>(), config::schema<httpd::Config>(),
          config::schema<tokend::Config>(), config::schema<policyd::Config>()})
        config::merge(all, some);
    return all;
}

}  // namespace check
