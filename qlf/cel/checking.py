"""What the parts of the checker ask of it: the seam between its modules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from lark import Token, Tree

    from qlf.cel.scope import Scope
    from qlf.model.expression import Expression
    from qlf.model.types import Type


class Checking(Protocol):
    """Types the parts of one expression; None comes back where a problem has been noted."""

    def refuse(self, at: Tree[Any] | Token, what: str, advice: str) -> None:
        """Note what is wrong at a part of the expression."""

    def source(self, tree: Tree[Any]) -> str:
        """Return a part of the expression as it was written."""

    def expression(self, tree: Tree[Any], scope: Scope, wanted: Type | None = None) -> Expression | None:
        """Return any expression, typed."""

    def truth(self, tree: Tree[Any], scope: Scope) -> Expression | None:
        """Return an expression that must be true or false."""

    def member(self, of: Expression, token: Token, tree: Tree[Any], scope: Scope) -> Expression | None:
        """Return the member of a row."""
