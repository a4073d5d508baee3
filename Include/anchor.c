#include "roost_fiber.h"
#include "roost_uv.h"
