#!/usr/bin/env bash
# Builds the provider for each platform into archives that the portal gives to Terraform and to download:
#
#   terraform/build-packages.sh FOLDER [PLATFORM…]
#
# FOLDER is what Portal:Terraform:PackagesDirectory names. PLATFORM is one of linux_amd64 linux_arm64 darwin_amd64 darwin_arm64
# windows_amd64 windows_arm64; all of them where none is named. Needs the .NET 10 SDK and zip or python3. Each archive has one program that
# brings its runtime along, precompiled: compiling ahead of time (see install-provider.sh) works for the own platform alone.
set -euo pipefail
[ $# -ge 1 ] || { sed -n '2,9s/^# \{0,1\}//p' "$0" >&2; exit 64; }
folder=$(mkdir -p "$1" && cd "$1" && pwd)
shift
cd "$(dirname "${BASH_SOURCE[0]}")/.."
version=$(sed -n 's:.*<Version>\(.*\)</Version>.*:\1:p' Directory.Build.props)
[ $# -gt 0 ] || set -- linux_amd64 linux_arm64 darwin_amd64 darwin_arm64 windows_amd64 windows_arm64

# A folder of its own for all that the builds make: the tree's bin and obj are for the tests, and stay as they are.
build=$(mktemp -d)
trap 'rm -rf "$build"' EXIT

pack() { # pack ARCHIVE FILE: the file alone, with its mode
    if command -v zip >/dev/null; then
        zip -q -X -j "$1" "$2"
    else
        python3 -c 'import os, sys, zipfile
with zipfile.ZipFile(sys.argv[1], "w", zipfile.ZIP_DEFLATED) as z: z.write(sys.argv[2], os.path.basename(sys.argv[2]))' "$1" "$2"
    fi
}

failed=0
for platform in "$@"; do
    case $platform in
        linux_amd64) rid=linux-x64 suffix= ;;
        linux_arm64) rid=linux-arm64 suffix= ;;
        darwin_amd64) rid=osx-x64 suffix= ;;
        darwin_arm64) rid=osx-arm64 suffix= ;;
        windows_amd64) rid=win-x64 suffix=.exe ;;
        windows_arm64) rid=win-arm64 suffix=.exe ;;
        *) echo "There is no platform $platform." >&2; exit 64 ;;
    esac
    if ! dotnet publish src/SecretsPortal.TerraformProvider -c Release -r "$rid" -p:ProviderPackage=ReadyToRun \
        --artifacts-path "$build/$rid" -o "$build/$rid/out" -v quiet -nologo >"$build/log" 2>&1; then
        echo "$platform could not be built:" >&2
        grep -E 'error|warn' "$build/log" | sort -u | head -5 >&2 || tail -5 "$build/log" >&2
        failed=1
        continue
    fi
    program=$build/$rid/terraform-provider-secretsportal_v$version$suffix
    install -m 0755 "$build/$rid/out/SecretsPortal.TerraformProvider$suffix" "$program"
    archive=terraform-provider-secretsportal_${version}_$platform.zip
    pack "$build/$archive" "$program"
    # Renamed into place: a portal that looks at this moment sees the old archive or the new one.
    cp "$build/$archive" "$folder/.$archive.new"
    mv -f "$folder/.$archive.new" "$folder/$archive"
    echo "Built $(du -h "$folder/$archive" | cut -f1) $folder/$archive"
done
exit $failed
