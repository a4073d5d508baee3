"""How C is declared here: once, as annotations, which mypy and ctypes both read."""

from __future__ import annotations

from ctypes import (
    POINTER,
    Array,
    Structure,
    c_char,
    c_char_p,
    c_int,
    c_int64,
    c_uint64,
    c_void_p,
    sizeof,
)
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias, TypeVar, get_origin, get_type_hints

T = TypeVar(
    "T", bound="Structure | c_int64 | c_uint64 | c_char | c_char_p | c_void_p | _Pointer[Any]"
)
S = TypeVar("S", bound=Structure)

Int = Annotated[int, c_int]
Int64 = Annotated[int, c_int64]
UInt64 = Annotated[int, c_uint64]
Address = Annotated[int | None, c_void_p]
Text = Annotated[bytes, c_char_p]
TextOrNull = Annotated[bytes | None, c_char_p]
Buffer = Annotated[Array[c_char], c_char_p]
Char64 = Annotated[bytes, c_char * 64]
UInt64Array48 = Annotated[Array[c_uint64], c_uint64 * 48]

# In C a handle is a struct of one uint64_t, passed by value. The calling conventions of x86-64 and
# AArch64 put that where they put the number alone, and ctypes is faster with a number.
Handle = Annotated[int, c_uint64]

if TYPE_CHECKING:
    from ctypes import _Pointer

    Pointer: TypeAlias = _Pointer[T]
    # An argument that is a pointer takes the object itself: ctypes passes its address.
    Ref: TypeAlias = T | Pointer[T] | None
else:

    class Pointer:
        def __class_getitem__(cls, target: type) -> type:
            return POINTER(target)

    Ref = Pointer


def ctype(hint: Any) -> Any:
    """The ctypes type that an annotation stands for; None of what returns nothing."""
    if hint is type(None):
        return None
    return hint.__metadata__[0] if get_origin(hint) is Annotated else hint


class Sized(Structure):
    """A struct whose first field is its own size."""

    def __init__(self, **fields: Any) -> None:
        for name in fields:
            if not hasattr(type(self), name):  # ctypes would take it for an attribute, and lose it
                raise TypeError(f"{type(self).__name__} has no field {name!r}")
        super().__init__(size=sizeof(self), **fields)


def struct(declared: type[S]) -> type[S]:
    """Makes the annotations of a class its C fields."""
    hints = get_type_hints(declared, localns={declared.__name__: declared}, include_extras=True)
    declared._fields_ = [(name, ctype(hint)) for name, hint in hints.items()]
    return declared
