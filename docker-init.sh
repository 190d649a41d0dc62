#!/bin/sh
# Run once by the Postgres image on an empty volume: makes the application role, which owns nothing. Unrun here, as the compose file.
set -e
psql -v ON_ERROR_STOP=1 -U "$POSTGRES_USER" -d "$POSTGRES_DB" -v password="$APP_PASSWORD" <<'SQL'
CREATE ROLE countersign_app LOGIN PASSWORD :'password';
SQL
