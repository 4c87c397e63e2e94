"""What an agent hands over: whole files, written down as SOC text (`docs/soc.abnf`)."""

from __future__ import annotations

from qlf.model.value import Value

HEADER = "### FACTORY/1 PATCH"
TRAILER = "### END"
FENCE = "```"


class Document(Value):
    """One generated file: its path below the tree, with `/` between parts, and its text.

    The text is not empty, has LF line ends and ends with one.
    """

    path: str
    text: str


class Patch(Value):
    """New files in the order of their paths. Reading SOC text is `qlf.soc`, which no agent can import."""

    documents: tuple[Document, ...]

    def render(self) -> str:
        """Return the SOC text that creates every document."""
        documents = sorted(self.documents, key=lambda document: document.path)
        listed = "".join(f"- file: {document.path}\n" for document in documents)
        diff = "".join(_creation(document) for document in documents)
        return f"{HEADER}\n{listed}{FENCE}diff\n{diff}{FENCE}\n{TRAILER}\n"


def _creation(document: Document) -> str:
    text = document.text.removesuffix("\n")
    lines = text.count("\n") + 1
    span = "1" if lines == 1 else f"1,{lines}"
    body = text.replace("\n", "\n+")
    return f"--- /dev/null\n+++ b/{document.path}\n@@ -0,0 +{span} @@\n+{body}\n"
