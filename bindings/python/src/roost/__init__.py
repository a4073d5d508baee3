"""Structured concurrency on a libuv loop: task groups, cancel scopes and cleanups."""
