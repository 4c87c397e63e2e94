"""Tables, and how they come to be."""

from __future__ import annotations

import hashlib

from sqlalchemy import ForeignKey, create_engine, text
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from app.settings import DATABASE_URL, MIGRATIONS, SECRET_KEY

ENGINE = create_engine(DATABASE_URL)


class Base(DeclarativeBase):
    """The base of all tables."""


class User(Base):
    """Somebody who can sign in."""

    __tablename__ = "users"
    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(unique=True)
    password_digest: Mapped[str]


class Note(Base):
    """A note and whose it is."""

    __tablename__ = "notes"
    id: Mapped[int] = mapped_column(primary_key=True)
    owner_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    title: Mapped[str]


def password_digest(password: str) -> str:
    """Return what is stored for a password."""
    salt = SECRET_KEY.encode()
    return hashlib.pbkdf2_hmac("sha256", password.encode(), salt, 1000).hex()


def migrate() -> None:
    """Apply the plain SQL migrations of the database in use."""
    folder = MIGRATIONS / ENGINE.dialect.name
    with ENGINE.begin() as connection:
        for file in sorted(folder.glob("*.up.sql")):
            for statement in file.read_text(encoding="utf-8").split(";"):
                if statement.strip():
                    connection.execute(text(statement))


def seed() -> None:
    """Make the development user."""
    with Session(ENGINE) as session:
        session.add(
            User(
                email="admin@example.com",
                password_digest=password_digest("development-only-password"),
            )
        )
        session.commit()
