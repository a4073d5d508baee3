#include "roost_fiber.h"
#include "roost_host.h"
#include "roost_uv.h"
