#!/usr/bin/env bash
# The long runs of what ./check.sh does for a moment only. What they find becomes a fixed case of the tests.
#
#   tests/fuzz.sh inputs [COUNT] [SEED]   drawn calls of all operations, a million by default: never a 5xx, always the service's form
#   tests/fuzz.sh tokens [ROUNDS]         64 CreateSecret and 64 PutSecretValue calls at once with one token, 1,000 rounds by default
#   tests/fuzz.sh signatures [COUNT]      canonical requests, 200,000 by default for each property
#   tests/fuzz.sh policies [COUNT] [SEED] decisions of the policy engine beside an oracle, a million by default; then how fast it decides
#
# The first two drive the built host (Release) as a process of its own with its data in memory, and print how it goes and at the end
# what was tried and found; the same seed draws the same calls. Exits with 1 when something was found.
set -euo pipefail
cd "$(dirname "$0")/.."
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1

against_the_host() {
    if [ -w /dev/shm ]; then export TMPDIR=/dev/shm; fi
    dotnet build tests/SecretsPortal.Web.Tests -c Release -v quiet -nologo
    dotnet tests/SecretsPortal.Web.Tests/bin/Release/net10.0/SecretsPortal.Web.Tests.dll \
        -method "SecretsPortal.Web.Tests.Fuzz.FuzzTests.$1" -noLogo
}

case ${1:-} in
    inputs)
        export FUZZ_INPUTS=${2:-1000000}
        if [ $# -gt 2 ]; then export FUZZ_SEED=$3; fi
        against_the_host Whatever_is_sent_is_answered_in_the_services_form_and_all_stays_in_order
        ;;
    tokens)
        export DRILL_ROUNDS=${2:-1000}
        against_the_host Calls_with_one_token_make_one_version
        ;;
    signatures)
        export CsCheck_Iter="${2:-200000}"
        dotnet test --project tests/SecretsPortal.Core.Tests --filter-class '*CanonicalRequestFuzz' --filter-class '*BotocoreTests'
        ;;
    policies)
        export FUZZ_POLICIES=${2:-1000000}
        if [ $# -gt 2 ]; then export FUZZ_SEED=$3; fi
        dotnet build tests/SecretsPortal.Core.Tests -c Release -v quiet -nologo
        dotnet tests/SecretsPortal.Core.Tests/bin/Release/net10.0/SecretsPortal.Core.Tests.dll \
            -method "SecretsPortal.Core.Tests.Policies.Oracle.PolicyOracleTests.The_engine_decides_as_the_oracle_does" -noLogo
        ;;
    *)
        sed -n '2,10s/^# \{0,1\}//p' "$0" >&2
        exit 64
        ;;
esac
