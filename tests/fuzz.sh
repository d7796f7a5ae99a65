#!/usr/bin/env bash
# The long run of the fuzzers, which ./check.sh runs for a moment only. What it finds becomes a fixed case of the tests.
#
#   tests/fuzz.sh             200,000 inputs for each property
#   tests/fuzz.sh 5000000     as many as that
set -euo pipefail
cd "$(dirname "$0")/.."
export CsCheck_Iter="${1:-200000}" DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
dotnet test --project tests/SecretsPortal.Core.Tests --filter-class '*CanonicalRequestFuzz' --filter-class '*BotocoreTests'
