"""What a group does about its errors: a policy by its name, or a function that decides for each."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from .._abi.callables import held, hold
from .._abi.constants import (
    ROOST_CANCEL_REST,
    ROOST_DROP_ERROR,
    ROOST_FAIL_FAST,
    ROOST_RACE,
    ROOST_RECORD_ERROR,
    ROOST_SUPERVISE,
)
from .._abi.declare import Pointer
from .._abi.types import Error, FilterFn
from ._calls import called, own
from ._ended import listed_exception

if TYPE_CHECKING:
    from ._runtime import Runtime

Decision: TypeAlias = Literal["cancel", "record", "drop"]
Filter: TypeAlias = Callable[[BaseException, str], Decision]
Policy: TypeAlias = Literal["fail_fast", "supervise", "race"] | Filter

POLICIES = {"fail_fast": ROOST_FAIL_FAST, "supervise": ROOST_SUPERVISE, "race": ROOST_RACE}
DECISIONS = {
    "cancel": ROOST_CANCEL_REST,
    "record": ROOST_RECORD_ERROR,
    "drop": ROOST_DROP_ERROR,
}


def check_policy(policy: object) -> None:
    """Refuses what is no policy."""
    if not callable(policy) and policy not in POLICIES:
        raise ValueError(
            "a policy is 'fail_fast', 'supervise', 'race', or a function fn(error, name) "
            f"that decides, not {policy!r}"
        )


def policy_fields(runtime: Runtime, policy: Policy) -> dict[str, Any]:
    """The fields of options that say what is done about errors (G2)."""
    check_policy(policy)
    if callable(policy):
        data, drop = hold((policy, runtime))
        return {"filter": on_error, "filter_data": data, "filter_drop": drop}
    return {"policy": POLICIES[policy]}


@FilterFn
def on_error(group: int, error: Pointer[Error], data: int) -> int:
    decide, runtime = held(data)
    try:
        failed = error.contents
        decision = called(decide, listed_exception(failed), failed.name.decode(errors="replace"))
        if decision not in DECISIONS:
            raise ValueError(f"a filter answers 'cancel', 'record' or 'drop', not {decision!r}")
        return DECISIONS[decision]
    except BaseException as raised:
        runtime._astray(own(raised))
        return ROOST_CANCEL_REST
