from __future__ import annotations

from fastapi.testclient import TestClient


def test_notes_need_a_signed_in_user(client: TestClient) -> None:
    assert client.get("/api/v1/notes").status_code == 401


def test_a_note_is_written_and_read(client: TestClient, signed_in: dict[str, str]) -> None:
    made = client.post("/api/v1/notes", json={"title": "milk"}, headers=signed_in)
    assert made.status_code == 201
    read = client.get(f"/api/v1/notes/{made.json()['id']}", headers=signed_in)
    assert read.json()["title"] == "milk"
