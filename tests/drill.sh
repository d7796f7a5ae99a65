#!/usr/bin/env bash
# Long drills of what ./check.sh does for a moment only.
#
#   tests/drill.sh revocation [ROUNDS]   revocations of seven kinds on one host, the next request on another, 1,000 by default: all refused
#   tests/drill.sh audit-tamper [COUNT]  random tamperings of the audit log, 1,000 by default: all are found by verify
#   tests/drill.sh audit-kill [COUNT]    kill -9 of the portal under load, 200 times by default: what was answered is in the log
#   tests/drill.sh rewrap [PROVIDER] [KILLS] [VERSIONS]
#                                        kill -9 of the portal while it re-wraps, under a key that is local or pkcs11 (SoftHSM); both, 50 and 10,000 by
#                                        default: every value opens at the end, and the job goes on where it stopped
#   tests/drill.sh rotation-kill [ENGINE] [ROTATIONS]
#                                        kill -9 of the portal at every named point of a rotation and at random ones, on postgres or mariadb; both and
#                                        500 by default: AWSCURRENT logs in, AWSPENDING is gone within 60 s, clients never fail
#   tests/drill.sh audit-rate            records per second of the log's group commit, 1, 32 and 64 at once
#   tests/drill.sh rotation-scale [SECRETS] [SECONDS]
#                                        so many secrets that are due at once, 100,000 by default, with a rotator that does nothing: time of a
#                                        tick, rotations a second, each once; until all are done, or for so many seconds
#   tests/drill.sh list-speed [SECRETS]  the list of secrets over so many, 100,000 by default, in a browser: time until the rows of the first page and of
#                                        searches stand on the screen
#   tests/drill.sh timing [SAMPLES]      refusals of an unknown user and a wrong password, an unknown access key and a wrong signature, 10,000 of
#                                        each by default: not to be told apart by their time
#   tests/drill.sh portal-speed [PAGES]  a page's first paint, and what an open page costs the host while it is idle, 100 by default: under a second,
#                                        under 400 KiB
#
# Prints how it goes and at the end what was found. Exits with 1 when something was found.
set -euo pipefail
cd "$(dirname "$0")/.."
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1

on_disk() { # project, method: where a flush costs what it costs
    dotnet build "tests/SecretsPortal.$1.Tests" -c Release -v quiet -nologo
    dotnet "tests/SecretsPortal.$1.Tests/bin/Release/net10.0/SecretsPortal.$1.Tests.dll" -method "SecretsPortal.$1.Tests.$2" -noLogo -showLiveOutput
}

web() {
    if [ -w /dev/shm ]; then export TMPDIR=/dev/shm; fi
    dotnet build tests/SecretsPortal.Web.Tests -c Release -v quiet -nologo
    dotnet tests/SecretsPortal.Web.Tests/bin/Release/net10.0/SecretsPortal.Web.Tests.dll -method "SecretsPortal.Web.Tests.$1" -noLogo "${@:2}"
}

case ${1:-} in
    revocation)
        export REVOCATION_ROUNDS=${2:-1000}
        web Drills.RevocationDrillTests.The_first_request_after_a_revocation_is_refused_on_the_other_host
        ;;
    audit-tamper)
        export DRILL_TAMPERINGS=${2:-1000}
        on_disk Services Audit.AuditVerifierTests.Whatever_is_done_to_the_log_is_found
        ;;
    audit-kill)
        export DRILL_KILLS=${2:-200}
        on_disk Web Drills.AuditKillDrill.Whatever_was_answered_is_in_the_log_after_each_kill
        ;;
    rewrap)
        export REWRAP_PROVIDER=${2:-} REWRAP_KILLS=${3:-50} REWRAP_VERSIONS=${4:-10000}
        on_disk Web Drills.RewrapDrillTests.Every_value_opens_after_each_kill_and_the_job_goes_on_where_it_stopped
        ;;
    rotation-kill)
        export ROTATION_KILL_ENGINE=${2:-} ROTATION_KILL_ROTATIONS=${3:-500}
        on_disk EndToEnd Drills.RotationKillDrill.Whatever_kills_the_portal_every_secret_comes_to_one_value_that_works
        ;;
    audit-rate)
        export DRILL_RATE=1
        on_disk Storage Contract.AuditRateTests.Records_at_once_share_their_transactions
        ;;
    rotation-scale)
        export ROTATION_SCALE=${2:-100000} ROTATION_SCALE_SECONDS=${3:-5400}
        on_disk Services Rotation.RotationScaleDrill.Each_of_many_secrets_that_are_due_at_once_is_rotated_once
        ;;
    list-speed)
        export LIST_SECRETS=${2:-100000}
        on_disk EndToEnd Drills.ListSpeedDrill.The_first_page_and_a_search_over_many_secrets_take_so_long
        ;;
    timing)
        export TIMING_SAMPLES=${2:-10000}
        web 'Drills.TimingDrillTests.*' -showLiveOutput
        ;;
    portal-speed)
        export PORTAL_SPEED_PAGES=${2:-100} PORTAL_SPEED_SECRETS=${PORTAL_SPEED_SECRETS:-100}
        on_disk EndToEnd Drills.PortalSpeedDrill.A_page_is_seen_soon_and_costs_little_while_it_is_open
        ;;
    *)
        sed -n '2,/^set/{/^#/s/^# \{0,1\}//p}' "$0" >&2
        exit 64
        ;;
esac
