"""The C interface of libroost in ctypes, one to one: Include/roost.h, roost_fiber.h, roost_host.h
and roost_uv.h.

Functions and constants have their names of the header, whose comments are their documentation.
Types are written as Python writes them: `roost_task_options` is `TaskOptions`, `roost_start_fn` is
`StartFn`.

- `library`: `lib`, with every function
- `types`: the structs and the kinds of callbacks
- `constants`: the status codes and the other numbers
- `callables`: Python functions as callbacks
- `reading`: what lists and numbers in answers say
"""

from .interpreter import require_main

require_main()
