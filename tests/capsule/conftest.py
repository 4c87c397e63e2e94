from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.capsule.oci import serving

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A registry of this test process alone on a free port of loopback: HOST:PORT, without TLS."""
    with serving(tmp_path_factory.mktemp("registry")) as address:
        yield address
