"""Whether an application is under a control, or has a feature: conditions in CEL over its spec."""

from __future__ import annotations

from functools import lru_cache
from typing import Any


class Conditions:
    """Conditions over one spec, which the engine takes in once.

    The engine bounds the steps of each evaluation: 10,000 iterations, RE2 for patterns.
    """

    def __init__(self, spec: dict[str, Any]) -> None:
        self._given = _environment().Activation(data={"spec": spec})

    def holds(self, condition: str) -> bool | str:
        """Say whether a condition holds, or why that cannot be told."""
        from cel_expr_python import cel  # noqa: PLC0415 - only whoever has controls pays for it

        try:
            value = _compiled(condition).eval(self._given)
        except (RuntimeError, ValueError, TypeError) as error:
            return str(error).partition("\n")[0]
        if value.type() != cel.Type.BOOL:
            return str(value.value()).partition("\n")[0]
        return bool(value.value())


@lru_cache(maxsize=512)
def _compiled(condition: str) -> Any:  # noqa: ANN401 - the engine's own
    return _environment().compile(condition)


@lru_cache(maxsize=1)
def _environment() -> Any:  # noqa: ANN401 - the engine's own
    from cel_expr_python import cel  # noqa: PLC0415 - as above

    return cel.NewEnv(variables={"spec": cel.Type.DYN})
