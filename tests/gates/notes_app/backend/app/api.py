"""The routes."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterator
from typing import Annotated, Any

from fastapi import Depends, FastAPI, HTTPException, Path, Query, Request, Response
from fastapi.responses import JSONResponse
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.settings import SECRET_KEY
from app.store import ENGINE, Note, User, password_digest

app = FastAPI(title="Notes", version="0.1.0", docs_url=None, redoc_url=None)
bearer = HTTPBearer(auto_error=False)


@app.exception_handler(405)
def wrong_method(request: Request, _error: Exception) -> Response:
    """Say which methods the path has, whichever route declares them."""
    found = (re.sub(r"[{].*?[}]", "[^/]+", path) for path in app.openapi()["paths"])
    paths = dict(zip(found, app.openapi()["paths"].values(), strict=True))
    methods = next(v for k, v in paths.items() if re.fullmatch(k, request.url.path))
    allow = ", ".join(sorted(method.upper() for method in methods))
    return JSONResponse({"detail": "Method Not Allowed"}, 405, {"Allow": allow})


class Problem(BaseModel):
    """What went wrong."""

    detail: str


class Credentials(BaseModel):
    """Who signs in."""

    model_config = ConfigDict(extra="forbid", strict=True)
    email: str = Field(max_length=200, pattern="^[a-z@.]+$")
    password: str = Field(max_length=200, pattern="^[!-~]+$")


class Token(BaseModel):
    """What signing in gives."""

    access_token: str
    token_type: str = "bearer"  # noqa: S105


class NoteIn(BaseModel):
    """A new note."""

    model_config = ConfigDict(extra="forbid", strict=True)
    title: str = Field(min_length=1, max_length=50, pattern="^[ -~]+$")


class NoteOut(BaseModel):
    """A note."""

    id: int
    title: str


class NotePage(BaseModel):
    """Some notes."""

    items: list[NoteOut]


def signature(email: str) -> str:
    """Return what proves that we gave the token."""
    return hmac.new(SECRET_KEY.encode(), email.encode(), hashlib.sha256).hexdigest()


def session() -> Iterator[Session]:
    """Give a session, and close it."""
    with Session(ENGINE) as opened:
        yield opened


Db = Annotated[Session, Depends(session)]


def viewer(db: Db, given: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]) -> User:
    """Return who is signed in."""
    email, _, proof = (given.credentials if given else "").partition("~")
    user = None
    if hmac.compare_digest(proof.encode(), signature(email).encode()):
        user = db.scalar(select(User).where(User.email == email))
    if user is None:
        raise HTTPException(401, "sign in first", {"WWW-Authenticate": "Bearer"})
    return user


Viewer = Annotated[User, Depends(viewer)]
Key = Annotated[int, Path(ge=1, le=2**31 - 1)]
SIGN_IN: dict[int | str, dict[str, Any]] = {401: {"model": Problem}, 400: {"model": Problem}}
MISSING: dict[int | str, dict[str, Any]] = {**SIGN_IN, 404: {"model": Problem}}


@app.get("/health/ready")
def ready() -> dict[str, str]:
    """Say that requests can come."""
    return {"status": "ready"}


@app.post("/api/v1/auth/login", responses=SIGN_IN)
def login(given: Credentials, db: Db) -> Token:
    """Sign in."""
    user = db.scalar(select(User).where(User.email == given.email))
    if user is None or user.password_digest != password_digest(given.password):
        raise HTTPException(401, "wrong e-mail address or password")
    return Token(access_token=f"{user.email}~{signature(user.email)}")


@app.get("/api/v1/notes", responses=SIGN_IN)
def list_notes(db: Db, user: Viewer, limit: Annotated[int, Query(ge=1, le=100)] = 20) -> NotePage:
    """List my notes."""
    rows = db.scalars(select(Note).where(Note.owner_id == user.id).order_by(Note.id).limit(limit))
    return NotePage(items=[NoteOut(id=row.id, title=row.title) for row in rows])


@app.post("/api/v1/notes", status_code=201, responses=SIGN_IN)
def create_note(given: NoteIn, db: Db, user: Viewer) -> NoteOut:
    """Write a note."""
    note = Note(owner_id=user.id, title=given.title)
    db.add(note)
    db.commit()
    return NoteOut(id=note.id, title=note.title)


def own(db: Session, user: User, key: int) -> Note:
    """Return my note of that key."""
    note = db.scalar(select(Note).where(Note.owner_id == user.id, Note.id == key))
    if note is None:
        raise HTTPException(404, "no such note")
    return note


@app.get("/api/v1/notes/{key}", responses=MISSING)
def read_note(key: Key, db: Db, user: Viewer) -> NoteOut:
    """Read one of my notes."""
    note = own(db, user, key)
    return NoteOut(id=note.id, title=note.title)


@app.delete("/api/v1/notes/{key}", status_code=204, responses=MISSING)
def delete_note(key: Key, db: Db, user: Viewer) -> Response:
    """Throw one of my notes away."""
    db.delete(own(db, user, key))
    db.commit()
    return Response(status_code=204)
