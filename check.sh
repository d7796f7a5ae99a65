#!/usr/bin/env bash
# Every check there is, on a fresh Debian machine too: installs what is missing (as root, with apt-get), builds, runs every
# test, and ends with the line "N passed, N failed, N skipped". Needs the .NET 10 SDK. Terraform is not in Debian: the tests
# use the one on the PATH and are skipped, visibly, without it.
#
#   ./check.sh            all of it
#   ./check.sh Core Web   only the tests of these projects
set -euo pipefail
cd "$(dirname "$0")"
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 CI="${CI:-true}"

say() { printf '\n== %s\n' "$*"; }

install_missing() {
    local packages=()
    command -v dotnet >/dev/null || { echo "The .NET 10 SDK is missing: https://dotnet.microsoft.com/download" >&2; exit 1; }
    compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || packages+=(postgresql)
    [ -x /usr/sbin/mariadbd ] && [ -x /usr/bin/mariadb-install-db ] || packages+=(mariadb-server)
    [ -x /usr/bin/aws ] || packages+=(awscli)
    [ -d /usr/lib/python3/dist-packages/boto3 ] || packages+=(python3-boto3)
    command -v npm >/dev/null || packages+=(nodejs npm)
    [ -x /usr/bin/chromium ] || packages+=(chromium fonts-dejavu-core)
    command -v softhsm2-util >/dev/null || packages+=(softhsm2)
    [ ${#packages[@]} -eq 0 ] && return
    say "Installing ${packages[*]}"
    if [ "$(id -u)" != 0 ]; then
        echo "These packages are missing and only root can install them: apt-get install ${packages[*]}" >&2
        exit 1
    fi
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq
    # A database server that is installed for the tests must not start by itself: the tests run their own on a free port.
    mkdir -p /etc/postgresql-common
    [ -e /etc/postgresql-common/createcluster.conf ] || echo 'create_main_cluster = false' >/etc/postgresql-common/createcluster.conf
    if [[ " ${packages[*]} " == *" mariadb-server "* ]]; then
        install_without_start "${packages[@]}"
        systemctl disable mariadb.service &>/dev/null || update-rc.d mariadb disable &>/dev/null || true
    else
        apt-get install -y -qq --no-install-recommends "${packages[@]}" >/dev/null
    fi
}

# Debian asks this script before a package may start its service; one that is there already stays as it is.
install_without_start() {
    local policy=/usr/sbin/policy-rc.d status=0
    if [ -e "$policy" ]; then policy=; else printf '#!/bin/sh\nexit 101\n' >"$policy" && chmod 755 "$policy"; fi
    apt-get install -y -qq --no-install-recommends "$@" >/dev/null || status=$?
    [ -z "$policy" ] || rm -f "$policy"
    return $status
}

# The AWS SDK for JavaScript, at the versions of the lock file; it runs no script of a package.
install_npm_clients() {
    local folder=tests/clients/javascript
    [ "$folder/node_modules/.package-lock.json" -nt "$folder/package-lock.json" ] && return
    say "Installing the AWS SDK for JavaScript"
    npm ci --ignore-scripts --no-fund --no-audit --prefix "$folder" || echo "It could not be installed: its test is skipped"
}

check_scripts() {
    local script
    git ls-files '*.sh' .ci/run | while read -r script; do bash -n "$script"; done
    if command -v terraform >/dev/null; then
        terraform fmt -check -recursive terraform
    else
        echo "terraform is not on the PATH: formatting of terraform/ is not checked"
    fi
}

# Terraform starts its provider three or four times in each command. As it is installed for use, compiled ahead of time, that takes a quarter of
# what it takes as it is built; and it is this one that works in the end. Where there is no linker, the tests use the one that was built.
install_provider() {
    command -v terraform >/dev/null || return 0
    command -v gcc >/dev/null || command -v clang >/dev/null || return 0
    [ $# -eq 0 ] || [[ " $* " == *" TerraformProvider "* ]] || return 0
    say "Provider for Terraform, as it is installed"
    mirror=$(mktemp -d)
    trap 'rm -rf "$mirror"' EXIT
    if terraform/install-provider.sh "$mirror"; then
        SECRETSPORTAL_TEST_PROVIDER=$(find "$mirror" -type f -name 'terraform-provider-secretsportal_*')
        export SECRETSPORTAL_TEST_PROVIDER
    else
        echo "It could not be compiled: the tests use the one that was built"
    fi
}

run_tests() {
    local log status=0 project
    log=$(mktemp)
    trap 'rm -f "$log"' RETURN
    if [ $# -eq 0 ]; then
        dotnet test --solution SecretsPortal.sln --no-build --max-parallel-test-modules 2 2>&1 | tee "$log" || status=$?
    else
        for project in "$@"; do
            dotnet test --project "tests/SecretsPortal.$project.Tests" --no-build 2>&1 | tee -a "$log" || status=$?
        done
    fi
    say "Failed"
    awk '/^ *(skipped|passed) |^Running tests|^\//{on=0} /^ *failed [A-Z][A-Za-z]+\./{on=1; n=0; any=1} on && n++ < 20{print substr($0, 1, 400)} END{if (!any) print "none"}' "$log"
    say "Skipped, with the reason"
    grep -aE '^ *skipped [A-Z]' -A1 "$log" | grep -avE '^(--| *skipped )' | sort | uniq -c || echo "none"
    # The closing lines of each run: "  succeeded: 12" and so on.
    awk '/^ *succeeded: /{p+=$2} /^ *failed: /{f+=$2} /^ *skipped: [0-9]/{s+=$2} END{printf "\n%d passed, %d failed, %d skipped\n", p, f, s; exit (p == 0)}' "$log" || status=1
    return $status
}

install_missing
install_npm_clients
say "Scripts"
check_scripts
say "Restore and build (warnings are errors)"
dotnet restore SecretsPortal.sln --locked-mode -v quiet
dotnet build SecretsPortal.sln --no-restore -v quiet -nologo
install_provider "$@"
say "Tests"
run_tests "$@"
