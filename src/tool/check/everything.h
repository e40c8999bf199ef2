#pragma once
// All there is to set: the settings of every process together.

#include "config/schema.h"

namespace check {

config::Known everything();

}  // namespace check
