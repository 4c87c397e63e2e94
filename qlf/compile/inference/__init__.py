"""What a brief's prose says, read without a model: words from a catalogue and a few rules of English."""

from qlf.compile.inference.infer import infer, suggestions
from qlf.compile.inference.naming import brief_from_text

__all__ = ["brief_from_text", "infer", "suggestions"]
