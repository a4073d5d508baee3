"""The mirror against the headers: nothing missing, nothing extra, everything of the same type."""

from __future__ import annotations

import inspect
from _ctypes import CFuncPtr
from ctypes import POINTER, Structure, c_char, c_char_p, c_int, c_int64, c_uint64, c_void_p, sizeof
from pathlib import Path
from typing import Any

import pytest

import header
from roost._abi import constants, types
from roost._abi.functions import Library
from roost._abi.library import lib

HEADER = header.read()

PLAIN = {
    "void": None,
    "int": c_int,
    "int32_t": c_int,
    "int64_t": c_int64,
    "uint64_t": c_uint64,
    "uint64_t *": POINTER(c_uint64),
    "uint64_t[48]": c_uint64 * 48,
    "int64_t *": POINTER(c_int64),
    "void *": c_void_p,
    "void * *": POINTER(c_void_p),
    "uv_loop_s *": c_void_p,
    "uv_stdio_container_s *": c_void_p,
    "uv_handle_s *": c_void_p,
    "uv_stream_s *": c_void_p,
    "uv_tcp_s *": c_void_p,
    "uv_pipe_s *": c_void_p,
    "uv_fs_s *": c_void_p,
    "uv_buf_t *": c_void_p,
    "sockaddr *": c_void_p,
    "addrinfo *": c_void_p,
    "addrinfo * *": POINTER(c_void_p),
    "char *": c_char_p,
    "char * *": POINTER(c_char_p),
    "char[64]": c_char * 64,
}
HANDLES = {name for name, fields in HEADER.structs.items() if fields == {"id": "uint64_t"}}
HANDLES |= {name for name, target in HEADER.aliases.items() if target in HANDLES}
STRUCTS = [name for name in HEADER.structs if name not in HANDLES]


def python_name(name: str) -> str:
    """`roost_task_options` as TaskOptions."""
    return "".join(word.capitalize() for word in name.split("_")[1:])


def mirrored(declared: str) -> Any:
    """The ctypes type that stands for a C type."""
    name = declared.removesuffix(" *")
    if declared in PLAIN:
        return PLAIN[declared]
    if name in HANDLES:
        return c_uint64 if declared == name else POINTER(c_uint64)
    if declared != name:
        return POINTER(mirrored(name))
    return getattr(types, python_name(name))


def signature(function: header.Function) -> tuple[Any, list[Any]]:
    return mirrored(function.returns), [mirrored(argument) for argument in function.arguments]


def callback_signature(kind: header.Function) -> tuple[Any, list[Any]]:
    """A text that comes with its length has no final 0, for which ctypes would look."""
    returns, arguments = signature(kind)
    if kind.arguments[:2] == ["char *", "uint64_t"]:
        arguments[0] = POINTER(c_char)
    return returns, arguments


def classes(base: type) -> set[str]:
    """The names of the mirror's own classes of a kind."""
    return {
        name
        for name, kind in inspect.getmembers(types, inspect.isclass)
        if issubclass(kind, base) and kind.__module__ == types.__name__
    }


def mirrored_functions() -> dict[str, tuple[Any, list[Any]]]:
    """What is in effect in the loaded library."""
    names = [name for name in vars(Library) if name.startswith("roost_")]
    return {name: (getattr(lib, name).restype, getattr(lib, name).argtypes) for name in names}


def test_every_function_of_the_headers_is_mirrored_with_its_types() -> None:
    declared = {name: signature(function) for name, function in HEADER.functions.items()}
    assert mirrored_functions() == declared


def test_a_function_added_to_a_header_is_missed() -> None:
    grown = header.read(header.HEADERS + "int roost_grown(roost_node node, const char *name);")
    assert grown.functions.keys() - mirrored_functions().keys() == {"roost_grown"}
    assert signature(grown.functions["roost_grown"]) == (c_int, [c_uint64, c_char_p])


def test_a_declaration_of_an_unknown_form_is_not_passed_over() -> None:
    with pytest.raises(AssertionError, match="roost_table"):
        header.read(header.HEADERS + "extern int roost_table[4];")


def test_every_callback_type_is_mirrored_with_its_types() -> None:
    declared = {
        python_name(name): callback_signature(kind) for name, kind in HEADER.callbacks.items()
    }
    kinds = {name: getattr(types, name) for name in classes(CFuncPtr)}
    assert {n: (kind._restype_, list(kind._argtypes_)) for n, kind in kinds.items()} == declared


def test_every_struct_is_mirrored() -> None:
    assert classes(Structure) == {python_name(name) for name in STRUCTS}


@pytest.mark.parametrize("name", STRUCTS)
def test_a_struct_has_the_fields_of_the_header_where_c_has_them(name: str, tmp_path: Path) -> None:
    struct = getattr(types, python_name(name))
    fields = {field: mirrored(declared) for field, declared in HEADER.structs[name].items()}
    assert list(struct._fields_) == list(fields.items())

    in_c = [f"sizeof({name})"]
    in_python = [sizeof(struct)]
    for field in fields:
        in_c += [f"offsetof({name}, {field})", f"sizeof((({name} *)0)->{field})"]
        in_python += [getattr(struct, field).offset, getattr(struct, field).size]
    assert header.measure(in_c, header.HEADERS, tmp_path) == [str(number) for number in in_python]


@pytest.mark.parametrize("name", sorted(HANDLES))
def test_a_handle_is_as_large_as_the_number_that_stands_for_it(name: str, tmp_path: Path) -> None:
    """T3"""
    [size] = header.measure([f"sizeof({name})"], header.HEADERS, tmp_path)
    assert size == str(sizeof(c_uint64))


def test_every_constant_is_mirrored_with_its_value(tmp_path: Path) -> None:
    values = header.measure(HEADER.constants, header.HEADERS, tmp_path)
    mirror = {n: str(v) for n, v in vars(constants).items() if n.startswith("ROOST_")}
    assert mirror == dict(zip(HEADER.constants, values, strict=True))


@pytest.mark.parametrize("name", [name for name in STRUCTS if "size" in HEADER.structs[name]])
def test_a_struct_is_made_with_its_size(name: str) -> None:
    struct = getattr(types, python_name(name))
    assert struct().size == sizeof(struct)
