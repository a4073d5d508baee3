/* The functions of the public headers, as their text declares them: what tests that promise
 * something of every function go by. */
#ifndef HEADERS_H
#define HEADERS_H

#include "support.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Where the headers are, seen from where the test runs; the environment may say otherwise. */
#ifndef ROOST_HEADERS_DIR
#define ROOST_HEADERS_DIR "Include"
#endif

typedef struct function {
  char name[48];
  char parameters[12][24];
  int parameter_count;
} function;

/* The text of a header without comments, preprocessor lines, and what is for C++ alone. */
static char *read_header(const char *name) {
  const char *folder = getenv("ROOST_INCLUDE");
  char path[1024];
  snprintf(path, sizeof path, "%s/%s", folder ? folder : ROOST_HEADERS_DIR, name);
  FILE *file = fopen(path, "r");
  if (file == NULL) fail_msg("cannot read %s", path);
  char *text = calloc(1, 1 << 20);
  size_t length = fread(text, 1, (1 << 20) - 1, file);
  fclose(file);

  char *out = text;
  int cplusplus = 0, depth = 0;
  for (char *in = text; in < text + length;) {
    if (strncmp(in, "/*", 2) == 0) {
      in = strstr(in, "*/") + 2;
    } else if (*in == '#') {
      if (strncmp(in, "#if", 3) == 0) {
        depth++;
        if (strncmp(in, "#ifdef __cplusplus", 18) == 0)
          cplusplus = depth;
        else if (strncmp(in, "#ifndef __cplusplus", 19) == 0)
          cplusplus = -depth;
      } else if (strncmp(in, "#else", 5) == 0 && abs(cplusplus) == depth) {
        cplusplus = -cplusplus;
      } else if (strncmp(in, "#endif", 6) == 0) {
        if (abs(cplusplus) == depth) cplusplus = 0;
        depth--;
      }
      while (*in != '\n' || in[-1] == '\\') in++;
    } else if (cplusplus > 0) {
      in++;
    } else {
      *out++ = *in++;
    }
  }
  *out = 0;
  return text;
}

/* Copies the last identifier before `end`. */
static void copy_identifier(char *to, const char *begin, const char *end) {
  while (end > begin && !(isalnum((unsigned char)end[-1]) || end[-1] == '_')) end--;
  const char *first = end;
  while (first > begin && (isalnum((unsigned char)first[-1]) || first[-1] == '_')) first--;
  memcpy(to, first, (size_t)(end - first));
  to[end - first] = 0;
}

/* A declaration `type name(type parameter, ...)`; false for anything else. */
static int read_function(const char *statement, function *out) {
  const char *open = strchr(statement, '(');
  while (isspace((unsigned char)*statement)) statement++;
  if (open == NULL || strncmp(statement, "typedef", 7) == 0 || strncmp(statement, "enum", 4) == 0)
    return 0;
  memset(out, 0, sizeof *out);
  copy_identifier(out->name, statement, open);
  for (const char *begin = open + 1; *begin != 0; begin++) {
    const char *end = begin + strcspn(begin, ",)");
    char *parameter = out->parameters[out->parameter_count];
    copy_identifier(parameter, begin, end);
    if (strcmp(parameter, "void") != 0) out->parameter_count++;
    begin = end;
    if (*end == ')') break;
  }
  return 1;
}

static size_t read_functions(function *functions, size_t room) {
  static const char *const headers[] = {"roost.h", "roost_fiber.h", "roost_host.h", "roost_uv.h"};
  size_t count = 0;
  for (size_t i = 0; i < COUNT(headers); i++) {
    char *text = read_header(headers[i]);
    int depth = 0;
    char *statement = text;
    for (char *at = text; *at != 0; at++) {
      depth += *at == '{';
      depth -= *at == '}';
      if (*at != ';' || depth > 0) continue;
      *at = 0;
      assert_true(count < room);
      count += (size_t)read_function(statement, &functions[count]);
      statement = at + 1;
    }
    free(text);
  }
  return count;
}

#endif
