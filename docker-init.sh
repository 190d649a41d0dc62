#!/bin/sh
# Run once by the Postgres image, on an empty volume only: makes the application role, which owns nothing and is given its rights by `countersign migrate`.
# On a volume that is older than this role, run the statement by hand. Unrun here, as the compose file.
set -e
psql -v ON_ERROR_STOP=1 -U "$POSTGRES_USER" -d "$POSTGRES_DB" -v password="$APP_PASSWORD" <<'SQL'
CREATE ROLE countersign_app LOGIN PASSWORD :'password' NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION;
SQL
