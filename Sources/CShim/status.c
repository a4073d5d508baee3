#include "../../Include/roost.h"
#include "CShim.h"

static const struct {
  int code;
  const char *name;
  const char *text;
} statuses[] = {
#define STATUS(name, value, text) {value, "ROOST_" #name, text},
    ROOST_STATUS_MAP(STATUS)
#undef STATUS
};

enum { COUNT = sizeof statuses / sizeof *statuses };

const char *shim_status_name(int code) {
  for (int i = 0; i < COUNT; i++)
    if (statuses[i].code == code) return statuses[i].name;
  return NULL;
}

const char *shim_status_text(int code) {
  for (int i = 0; i < COUNT; i++)
    if (statuses[i].code == code) return statuses[i].text;
  return NULL;
}

const char *shim_other_status_text(int code) {
  switch (code) {
  case ROOST_OK: return "success";
  case ROOST_PENDING: return "not ended yet";
  case ROOST_ALREADY: return "done by an earlier call";
  case ROOST_ASKED: return "asked for; the runtime's thread will do it";
  default: return "unknown status code";
  }
}

const char *shim_version(void) { return ROOST_VERSION; }
