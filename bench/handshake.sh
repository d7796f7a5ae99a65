#!/usr/bin/env bash
# Measures the Terraform provider's start: from the start of the process to its handshake line, as Terraform waits for it.
#
#   bench/handshake.sh PROVIDER [RUNS]
#
# Prints the median, the fastest and the slowest run in milliseconds, the processor time of the median run, which other work on the machine hardly
# changes, the memory in use at the handshake, and the size on disk. On a machine that does other things: chrt -r 5 bench/handshake.sh … (as root)
# lets it run before them.
set -euo pipefail
provider=${1:?usage: bench/handshake.sh PROVIDER [RUNS]}
runs=${2:-20}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 -subj /CN=localhost \
    -keyout "$work/key.pem" -out "$work/client.pem" 2>/dev/null
export TF_PLUGIN_MAGIC_COOKIE=d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2
export PLUGIN_PROTOCOL_VERSIONS=5,6 PLUGIN_UNIX_SOCKET_DIR=$work
PLUGIN_CLIENT_CERT=$(cat "$work/client.pem")
export PLUGIN_CLIENT_CERT
microseconds() { echo "${EPOCHREALTIME/[.,]/}"; }

for ((run = 0; run <= runs; run++)); do
    started=$(microseconds)
    exec 3< <(exec "$provider")
    read -r line <&3
    ended=$(microseconds)
    [[ $line == '1|6|unix|'* ]] || { echo "not a handshake: $line" >&2; exit 1; }
    # The first run only brings the file into memory.
    if ((run > 0)); then
        echo "$((ended - started)) $(awk '/VmRSS/{print $2}' "/proc/$!/status") $(awk '{sum += $1} END {print int(sum / 1000)}' "/proc/$!"/task/*/schedstat)"
    fi
    kill -TERM $!
    wait $! || true
    exec 3<&-
done | sort -n >"$work/runs"
awk -v size="$(du -shL "$provider" | cut -f1)" '
    { time[NR] = $1 / 1000; processor[NR] = $3 / 1000; if ($2 > memory) memory = $2 }
    END {
        printf "process start to handshake line: median %.1f ms, %.1f to %.1f ms in %d runs\n", time[int((NR + 1) / 2)], time[1], time[NR], NR
        printf "processor time %.1f ms\n", processor[int((NR + 1) / 2)]
        printf "memory %.1f MB, size %s\n", memory / 1024, size
    }' "$work/runs"
