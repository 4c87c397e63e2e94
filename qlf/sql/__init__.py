"""The tables of an application as values, and how SQLite and PostgreSQL spell them."""
