#!/bin/sh
# Makes `npm start` and `npm test` the only commands a newcomer needs: installs the locked packages when they are missing or older than the lock.
set -e
if [ ! -f node_modules/.package-lock.json ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then
  echo "Installing packages (once, about 15 s)…" >&2
  npm ci --no-audit --no-fund --loglevel=error >&2
fi
