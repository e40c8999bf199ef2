#pragma once
// The tables of lists.db, and how older ones become today's.

#include "listbook/database.h"

namespace listbook {

Result<void> migrate(accounts::Connection& connection);

}  // namespace listbook
