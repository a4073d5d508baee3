"""Which manual page has which sections of the headers, and what its first line says."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Page:
    """A page of section 3. A title "" is what stands in a header that has no sections."""

    name: str
    summary: str
    header: str
    titles: tuple[str, ...]


def _page(name: str, summary: str, *titles: str, header: str = "roost.h") -> Page:
    return Page(name, summary, header, titles)


def _fiber(name: str, summary: str, *titles: str) -> Page:
    return _page(name, summary, *titles, header="roost_fiber.h")


def _host(name: str, summary: str, *titles: str) -> Page:
    return _page(name, summary, *titles, header="roost_host.h")


def _uv(name: str, summary: str, *titles: str) -> Page:
    return _page(name, summary, *titles, header="roost_uv.h")


# A title that is too long for its line.
_GIVEN = "Functions to be given to ordinary calls"

PAGES = (
    _page("roost_version", "the version of the library", "Version"),
    _page("roost_status", "status codes and what they mean", "Status codes"),
    _page("roost_node", "handles", "Handles"),
    _page("roost_options", "time and options", "Time and options", "Options in place"),
    _page("roost_result", "how things ended, and why", "Reasons, errors, outcomes, results"),
    _page("roost_runtime", "open, run and close a runtime", "Runtime"),
    _page("roost_group", "open and close groups and scopes", "Groups and scopes"),
    _page("roost_task", "spawn and end tasks", "Tasks"),
    _page("roost_spawn_blocking", "tasks on threads of their own", "Blocking tasks"),
    _page("roost_cancel", "cancellation, shutdown, shields and deadlines", "Cancelling"),
    _page("roost_cleanup", "code that runs when something has ended", "Cleanups"),
    _page("roost_wait", "wait for a time, an end or a start", "Waits"),
    _page("roost_event", "wait for something to happen", "Events"),
    _page("roost_limiter", "let only so many go on at a time", "Limiters"),
    _page("roost_lock", "let only one go on at a time", "Locks"),
    _page("roost_condition", "wait for a change under a lock", "Conditions"),
    _page("roost_channel", "hand on items in order", "Channels"),
    _page("roost_process", "wait for signals and child processes", "Signals and processes"),
    _page("roost_post", "reach a runtime from other threads", "Other threads"),
    _page("roost_dump", "see what runs, and why it waits", "Seeing what runs"),
    _page("roost_descriptor", "wait for descriptors", "Descriptors"),
    _fiber("roost_fiber", "tasks that wait by calling", "Fibers", "Fiber options in place"),
    _fiber("roost_close_in_fiber", "close groups and scopes, and wait", "Closing in a fiber"),
    _fiber("roost_fiber_cleanup", "cleanups that wait", "Cleanups that wait"),
    _fiber("roost_sleep", "sleep, and let others run", "Sleeping"),
    _fiber("roost_await_task", "wait for an end or a start", "Waiting for tasks"),
    _fiber("roost_await_sync", "events, limiters, locks and channels", "Waiting for each other"),
    _fiber("roost_await_outside", "descriptors, children, threads", "Waiting for what is outside"),
    _fiber("roost_choice", "wait for several things at a time", "Several waits"),
    _host("roost_ask", "what a host asks and is told", "What is asked and told"),
    _host("roost_host", "tasks of another language", "The host of a runtime"),
    _host("roost_host_begin", "what calls are given for a host", _GIVEN),
    _uv("roost_park", "make any request cancellable", "Parking"),
    _uv("roost_own_handle", "have handles closed", "Handles"),
    _uv("roost_stream", "connect, accept, read and write", "Streams", "Stream options in place"),
    _uv("roost_request", "look up names, use files", "Requests"),
    _uv("roost_await_uv", "streams and requests in fibers", "In fibers"),
)
