"""The backend agent: a FastAPI application on SQLAlchemy."""
