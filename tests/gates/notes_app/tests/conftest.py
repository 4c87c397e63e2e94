from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

FOLDER = tempfile.mkdtemp(prefix="notes-")
os.environ["APP_DATABASE_URL"] = (
    os.environ.get("TEST_DATABASE_URL") or f"sqlite:///{FOLDER}/test.db"
)
os.environ["APP_SECRET_KEY"] = "only-for-tests-" * 3
os.environ["APP_ENVIRONMENT"] = "test"
sys.path.insert(0, str(Path(__file__).parent.parent / "backend"))


@pytest.fixture(scope="session")
def client() -> Iterator[TestClient]:
    from app import store
    from app.api import app

    store.migrate()
    store.seed()
    with TestClient(app) as opened:
        yield opened


@pytest.fixture
def signed_in(client: TestClient) -> dict[str, str]:
    body = {"email": "admin@example.com", "password": "development-only-password"}
    token = client.post("/api/v1/auth/login", json=body).json()["access_token"]
    return {"Authorization": f"Bearer {token}"}
