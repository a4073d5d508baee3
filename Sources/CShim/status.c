#include "../../Include/roost.h"
#include "CShim.h"

#define NAME(name, value, text)                                                                    \
  case value:                                                                                      \
    return "ROOST_" #name;
#define TEXT(name, value, text)                                                                    \
  case value:                                                                                      \
    return text;

const char *shim_status_name(int code) {
  switch (code) {
    ROOST_STATUS_MAP(NAME)
  default:
    return NULL;
  }
}

const char *shim_status_text(int code) {
  switch (code) {
    ROOST_STATUS_MAP(TEXT)
  default:
    return NULL;
  }
}

const char *shim_other_status_text(int code) {
  switch (code) {
  case ROOST_OK:
    return "success";
  case ROOST_PENDING:
    return "not ended yet";
  case ROOST_ALREADY:
    return "done by an earlier call";
  default:
    return "unknown status code";
  }
}

const char *shim_version(void) { return ROOST_VERSION; }
