#!/usr/bin/env bash
# Long drills of what ./check.sh does for a moment only.
#
#   tests/drill.sh revocation [ROUNDS]   revocations of seven kinds on one host, the next request on another, 1,000 by default: all refused
#
# Prints how it goes and at the end what was found. Exits with 1 when something was found.
set -euo pipefail
cd "$(dirname "$0")/.."
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1

web() {
    if [ -w /dev/shm ]; then export TMPDIR=/dev/shm; fi
    dotnet build tests/SecretsPortal.Web.Tests -c Release -v quiet -nologo
    dotnet tests/SecretsPortal.Web.Tests/bin/Release/net10.0/SecretsPortal.Web.Tests.dll -method "SecretsPortal.Web.Tests.$1" -noLogo
}

case ${1:-} in
    revocation)
        export REVOCATION_ROUNDS=${2:-1000}
        web Drills.RevocationDrillTests.The_first_request_after_a_revocation_is_refused_on_the_other_host
        ;;
    *)
        sed -n '2,7s/^# \{0,1\}//p' "$0" >&2
        exit 64
        ;;
esac
