// What the C and C++ servers of the playground do alike.
#pragma once

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum playground_app { APP_ECHO, APP_SINK, APP_PUSH };

static enum playground_app app;
static int port;

/// Milliseconds between two messages of `push`.
#define TICK_MS 200

static void playground_stop(int number) {
  (void)number;
  _exit(0);
}

/// Reads the environment, and lets SIGTERM end the process, which PID 1 does not do by itself.
static inline void playground_begin(void) {
  const char *name = getenv("APP"), *number = getenv("PORT");
  if (name == NULL || strcmp(name, "echo") == 0) {
    app = APP_ECHO;
  } else if (strcmp(name, "sink") == 0) {
    app = APP_SINK;
  } else if (strcmp(name, "push") == 0) {
    app = APP_PUSH;
  } else {
    fprintf(stderr, "APP is echo, sink or push, not %s\n", name);
    exit(2);
  }
  if (number == NULL || (port = atoi(number)) <= 0) {
    fprintf(stderr, "PORT is not set\n");
    exit(2);
  }
  signal(SIGTERM, playground_stop);
  signal(SIGPIPE, SIG_IGN);
}

/// What `push` sends first (0), and then; valid until the thread's next call.
static inline const char *playground_push(unsigned long tick) {
  static __thread char text[32];
  if (tick == 0) return "hello";
  snprintf(text, sizeof text, "tick %lu", tick);
  return text;
}
