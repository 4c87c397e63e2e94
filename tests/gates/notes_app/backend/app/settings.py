"""Settings, all of them from the environment."""

from __future__ import annotations

import os
from pathlib import Path

DATABASE_URL = os.environ["APP_DATABASE_URL"]
SECRET_KEY = os.environ["APP_SECRET_KEY"]
ENVIRONMENT = os.environ.get("APP_ENVIRONMENT", "production")
MIGRATIONS = Path(__file__).parent.parent.parent / "database"

if len(SECRET_KEY) < 32:
    raise SystemExit("APP_SECRET_KEY has fewer than 32 characters")
