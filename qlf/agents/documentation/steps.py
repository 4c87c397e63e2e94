"""The effects of an operation as a numbered list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qlf.agents.documentation.conditions import cel
from qlf.agents.documentation.markdown import code, plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qlf.model.expression import Expression
    from qlf.model.spec import Effect

_INDENT = "   "
_INLINE = 3


def numbered(effects: Sequence[Effect], depth: int = 0) -> str:
    """Return the effects as a numbered Markdown list, steps of `each` nested below it."""
    lines: list[str] = []
    for number, effect in enumerate(effects, start=1):
        lines.append(f"{_INDENT * depth}{number}. {_step(effect)}")
        if len(effect.values) > _INLINE:
            lines += [f"{_INDENT * (depth + 1)}- {assigned}" for assigned in _assignments(effect)]
        if effect.steps:
            lines.append(numbered(effect.steps, depth + 1))
    return "\n".join(lines)


def _step(effect: Effect) -> str:
    row = _code(effect.row)
    match effect.kind:
        case "require":
            said = f': "{plain(effect.message)}"' if effect.message else ""
            named = f" ({code(effect.binding)})" if effect.binding else ""
            return f"Require {_code(effect.condition)}{named}, else 409{said}."
        case "find":
            condition = f" with {_code(effect.condition)}" if effect.condition else ""
            return f"Find the first {effect.entity}{condition}{_named(effect)}; 404 if there is none."
        case "each":
            return f"For each {code(effect.binding)} in {row}:"
        case "create":
            return f"Create {effect.entity}{_named(effect)}{_assigned(effect, ' with')}"
        case "update":
            return f"In {row}, set{_assigned(effect, '')}"
        case "delete":
            return f"Delete {row}."
        case "move":
            illegal = "409 if it does not start from its state"
            return f"Make the transition {code(effect.target)} on {row}; {illegal}."
        case "adjust":
            bounds = "409 if its bounds do not allow it"
            return f"Add {_code(effect.by)} to {code(f'{_bare(effect.row)}.{effect.target}')}; {bounds}."


def _named(effect: Effect) -> str:
    return f" as {code(effect.binding)}" if effect.binding else ""


def _assigned(effect: Effect, before: str) -> str:
    """Return the end of a sentence about new values: a few stand in it, more in a list below."""
    if len(effect.values) > _INLINE:
        return f"{before}:"
    return f"{before} {', '.join(_assignments(effect))}." if effect.values else "."


def _assignments(effect: Effect) -> list[str]:
    return [code(f"{name} = {cel(value)}") for name, value in effect.values]


def _bare(row: Expression | None) -> str:
    return cel(row) if row else "this"


def _code(expression: Expression | None) -> str:
    return code(_bare(expression))
