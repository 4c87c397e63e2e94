"""Moves between states."""

from app.problems import Problem, conflict


def illegal_transition(action: str, state: str) -> Problem:
    """The row is not in a state from which the action is possible."""
    return conflict("illegal-transition", f"{action} is not possible while the state is {state}.")
