#!/usr/bin/env bash
# Builds the provider for each platform into archives that the portal gives to Terraform and to download:
#
#   terraform/build-packages.sh FOLDER [PLATFORM…]
#
# FOLDER is what Portal:Terraform:PackagesDirectory names. PLATFORM is one of linux_amd64 linux_arm64 darwin_amd64 darwin_arm64
# windows_amd64 windows_arm64; all of them where none is named. Needs the .NET 10 SDK and zip or python3.
#
# On Linux the packages for Linux are compiled ahead of time where a compiler for them is here that links (gcc and libc6-dev; for the other
# processor gcc-aarch64-linux-gnu or gcc-x86-64-linux-gnu) and where the result needs no newer C library than glibc 2.34. All others bring
# their runtime along, precompiled: compiling ahead of time does not reach another operating system.
#
# Says what became of each platform; the exit code is 1 where one was not built. An archive that was there before stays then.
set -euo pipefail
[ $# -ge 1 ] || { sed -n '2,13s/^# \{0,1\}//p' "$0" >&2; exit 64; }
folder=$(mkdir -p "$1" && cd "$1" && pwd)
shift
cd "$(dirname "${BASH_SOURCE[0]}")/.."
[ $# -gt 0 ] || set -- linux_amd64 linux_arm64 darwin_amd64 darwin_arm64 windows_amd64 windows_arm64

# A folder of its own for all that the builds make: the tree's bin and obj are for the tests, and stay as they are.
build=$(mktemp -d)
trap 'rm -rf "$build"' EXIT

publish() { # publish RID PACKAGE OPTION…: into $build/RID/PACKAGE/out
    local rid=$1 package=$2
    shift 2
    dotnet publish src/SecretsPortal.TerraformProvider -c Release -r "$rid" "-p:ProviderPackage=$package" "$@" \
        --artifacts-path "$build/$rid/$package" -o "$build/$rid/$package/out" -v quiet -nologo >"$build/log" 2>&1
}

# The prefix of the tools that make programs for Linux on this processor (x86_64, aarch64); fails where they do not link.
tools_for() {
    local prefix=
    [ "$(uname -s)" = Linux ] || return 1
    [ "$(uname -m)" = "$1" ] || prefix=$1-linux-gnu-
    echo 'int main(void){return 0;}' | "${prefix}gcc" -xc - -o /dev/null 2>/dev/null || return 1
    command -v "${prefix}objcopy" >/dev/null && command -v "${prefix}objdump" >/dev/null && echo "$prefix"
}

# Whether a program runs with glibc 2.34 (RHEL 9, Ubuntu 22.04, Debian 12): the newest version that one of its symbols asks for.
runs_widely() { # runs_widely PREFIX PROGRAM
    local newest
    newest=$("$1objdump" -T "$2" | grep -o 'GLIBC_[0-9.]*' | sort -Vu | tail -1)
    [ "$(printf '%s\nGLIBC_2.34\n' "$newest" | sort -V | tail -1)" = GLIBC_2.34 ] || { echo "compiled ahead of time it would need $newest; " >"$build/why"; return 1; }
}

ahead_of_time() { # ahead_of_time RID PROCESSOR; the reason of a failure stands in $build/why
    local prefix program=$build/$1/NativeAot/out/SecretsPortal.TerraformProvider
    prefix=$(tools_for "$2") || { echo "no compiler for it here; " >"$build/why"; return 1; }
    # For another processor the SDK tells the compiler its target, in words that clang knows and gcc, made for that target alone, does not.
    printf '#!/usr/bin/env bash\nwords=()\nfor word; do [[ $word == --target=* ]] || words+=("$word"); done\nexec %sgcc "${words[@]}"\n' "$prefix" >"$build/link"
    chmod +x "$build/link"
    publish "$1" NativeAot "-p:CppCompilerAndLinker=$build/link" "-p:ObjCopyName=${prefix}objcopy" || { echo "ahead of time: $(fault); " >"$build/why"; return 1; }
    runs_widely "$prefix" "$program"
}

fault() { grep -oE '(error|warning) [A-Z]+[0-9]+: .*' "$build/log" | sed 's/ \[.*//' | sort -u | head -1 | cut -c1-300 | grep . || tail -1 "$build/log"; }

failed=0
for platform in "$@"; do
    processor=
    case $platform in
        linux_amd64) rid=linux-x64 processor=x86_64 ;;
        linux_arm64) rid=linux-arm64 processor=aarch64 ;;
        darwin_amd64) rid=osx-x64 ;;
        darwin_arm64) rid=osx-arm64 ;;
        windows_amd64) rid=win-x64 ;;
        windows_arm64) rid=win-arm64 ;;
        *) echo "There is no platform $platform." >&2; exit 64 ;;
    esac
    : >"$build/why"
    if [ -n "$processor" ] && ahead_of_time "$rid" "$processor"; then
        package=NativeAot how='compiled ahead of time'
    elif publish "$rid" ReadyToRun; then
        package=ReadyToRun how="$(cat "$build/why")with its runtime, precompiled"
    else
        echo "$platform NOT BUILT: $(fault)" >&2
        failed=1
        continue
    fi
    program=$build/$rid/$package/out/SecretsPortal.TerraformProvider
    [ -e "$program" ] || program+=.exe
    if packed=$(terraform/pack-provider.sh "$program" "$platform" "$folder"); then
        echo "$platform built ($how): $packed"
    else
        echo "$platform NOT BUILT: what was made is not for it" >&2
        failed=1
    fi
    rm -rf "${build:?}/$rid"
done
exit $failed
