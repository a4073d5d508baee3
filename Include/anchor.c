#include "roost_uv.h"
