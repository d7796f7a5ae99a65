#!/usr/bin/env bash
# Measures the start of a published portal, from the process's start to the first 200 of /health/ready, in milliseconds:
# the first start (schema, keys, first administrator) and later ones, each on SQLite with the local key.
#   bench/startup.sh [RUNS] [EXTRA PUBLISH ARGUMENTS...]
set -euo pipefail
cd "$(dirname "$0")/.."
runs=${1:-5}
shift || true
work=$(mktemp -d)
pid=
trap '[ -z "$pid" ] || kill "$pid" 2>/dev/null || true; rm -rf "$work"' EXIT
dotnet publish src/SecretsPortal.Web -c Release -o "$work/portal" -v q --nologo "$@"
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')

start() { # the data directory
  local began=$(date +%s%N)
  dotnet "$work/portal/SecretsPortal.Web.dll" --urls "http://127.0.0.1:$port" --Portal:DataDirectory="$1" >"$work/output" 2>&1 &
  pid=$!
  until curl -sf -o "$work/ready" "http://127.0.0.1:$port/health/ready"; do
    kill -0 "$pid" 2>/dev/null || { cat "$work/output" >&2; exit 1; }
    sleep 0.01
  done
  echo $((($(date +%s%N) - began) / 1000000))
}
stop() { kill "$pid"; wait "$pid" || true; pid=; }

for ((run = 1; run <= runs; run++)); do
  start "$work/data-$run" >"$work/first"; stop
  start "$work/data-$run" >"$work/again"; stop
  echo "run $run: first start $(cat "$work/first") ms, later start $(cat "$work/again") ms"
done
