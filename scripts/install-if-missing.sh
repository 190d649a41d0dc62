#!/bin/sh
# Makes `npm start` and `npm test` the only commands a newcomer needs: installs the locked packages when they are missing or older than the lock.
# Packages that are linked from another checkout are that one's: `npm ci` would follow the link and empty them for everybody who uses them.
set -e
if [ -L node_modules ]; then
  [ -f node_modules/.package-lock.json ] || { echo "node_modules is a link, and there are no packages where it leads: run npm ci there." >&2; exit 1; }
elif [ ! -f node_modules/.package-lock.json ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then
  echo "Installing packages (once, about 15 s)…" >&2
  npm ci --no-audit --no-fund --loglevel=error >&2
fi
