"""The database agent: plain SQL migrations for SQLite and PostgreSQL."""
