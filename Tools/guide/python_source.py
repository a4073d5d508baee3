"""The definitions at the top level of a Python file."""

import ast


def names(node: ast.stmt) -> list[str]:
    """What a statement defines: a function, a class, or variables."""
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            return [node.name]
        case ast.Assign():
            targets = [leaf for target in node.targets for leaf in ast.walk(target)]
            return [target.id for target in targets if isinstance(target, ast.Name)]
        case ast.AnnAssign(target=ast.Name(id=name)):
            return [name]
        case _:
            return []


def definitions(text: str) -> dict[str, str]:
    """Each definition by its name, with its decorators, and the comment directly above it."""
    lines = text.splitlines(keepends=True)
    found: dict[str, str] = {}
    for node in ast.parse(text).body:
        decorators = getattr(node, "decorator_list", [])
        first = min(part.lineno for part in [node, *decorators]) - 1
        while first > 0 and lines[first - 1].startswith("#"):
            first -= 1
        found |= dict.fromkeys(names(node), "".join(lines[first : node.end_lineno]))
    return found
