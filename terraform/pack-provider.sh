#!/usr/bin/env bash
# Packs a built provider as Terraform and the portal want it:
#
#   terraform/pack-provider.sh PROGRAM PLATFORM FOLDER
#
# PROGRAM is one file, built here or on another machine; PLATFORM one of linux_amd64 linux_arm64 darwin_amd64 darwin_arm64 windows_amd64
# windows_arm64; FOLDER what Portal:Terraform:PackagesDirectory names. A program that is not for the platform is refused (exit code 65), and so is one
# for macOS on arm64 without a signature, which that system would end at once. Needs zip or python3.
set -euo pipefail
[ $# -eq 3 ] || { sed -n '2,8s/^# \{0,1\}//p' "$0" >&2; exit 64; }
program=$1 platform=$2
folder=$(mkdir -p "$3" && cd "$3" && pwd)
version=$(sed -n 's:.*<Version>\(.*\)</Version>.*:\1:p' "$(dirname "${BASH_SOURCE[0]}")/../Directory.Build.props")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

bytes() { od -An -v -tx1 -j "$1" -N "$2" "$program" | tr -d ' \n'; } # bytes OFFSET COUNT: in hexadecimal

# What the file's first bytes say it is: ELF with its machine, Mach-O with its processor, PE with its machine.
kind() {
    case $(bytes 0 4) in
        7f454c46) echo "linux $(bytes 18 2)" ;;
        cffaedfe) echo "darwin $(bytes 4 4)" ;;
        4d5a*)
            local header
            header=$(bytes 60 4)
            header=$((16#${header:6:2}${header:4:2}${header:2:2}${header:0:2}))
            echo "windows $(bytes $((header + 4)) 2)"
            ;;
        *) echo "unknown" ;;
    esac
}
suffix=
case $platform in
    linux_amd64) wanted='linux 3e00' ;;
    linux_arm64) wanted='linux b700' ;;
    darwin_amd64) wanted='darwin 07000001' ;;
    darwin_arm64) wanted='darwin 0c000001' ;;
    windows_amd64) wanted='windows 6486' suffix=.exe ;;
    windows_arm64) wanted='windows 64aa' suffix=.exe ;;
    *) echo "There is no platform $platform." >&2; exit 64 ;;
esac
[ "$(kind)" = "$wanted" ] || { echo "$program is no program for $platform: its first bytes say $(kind), not $wanted." >&2; exit 65; }
if [ "$platform" = darwin_arm64 ] && ! LC_ALL=C grep -qaF $'\xfa\xde\x0c\xc0' "$program"; then
    echo "$program carries no signature: macOS on arm64 would end it at once. On a Mac: codesign --sign - $program" >&2
    exit 65
fi

name=terraform-provider-secretsportal_v$version$suffix
archive=terraform-provider-secretsportal_${version}_$platform.zip
install -m 0755 "$program" "$work/$name"
if command -v zip >/dev/null; then
    zip -q -X -j "$work/$archive" "$work/$name"
else
    python3 -c 'import os, sys, zipfile
with zipfile.ZipFile(sys.argv[1], "w", zipfile.ZIP_DEFLATED) as z: z.write(sys.argv[2], os.path.basename(sys.argv[2]))' "$work/$archive" "$work/$name"
fi
# Renamed into place: a portal that looks at this moment sees the old archive or the new one.
install -m 0644 "$work/$archive" "$folder/.$archive.new"
mv -f "$folder/.$archive.new" "$folder/$archive"
echo "$folder/$archive, $(du -h "$folder/$archive" | cut -f1)"
