#!/usr/bin/env bash
# Builds Secrets Portal's provider and installs it into Terraform's local mirror, so that a plain "terraform init" finds it offline.
#
#   terraform/install-provider.sh [MIRROR]
#
# MIRROR, or SECRETSPORTAL_PROVIDER_MIRROR, is the mirror's folder; by default ~/.terraform.d/plugins, which Terraform looks into by
# itself. Needs the .NET 10 SDK. With gcc or clang the provider is compiled ahead of time and starts in about 50 ms; without them it
# carries its runtime along, precompiled, and starts in about 150 ms. SECRETSPORTAL_PROVIDER_PACKAGE=NativeAot or ReadyToRun decides by hand.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
mirror=${1:-${SECRETSPORTAL_PROVIDER_MIRROR:-$HOME/.terraform.d/plugins}}
version=$(sed -n 's:.*<Version>\(.*\)</Version>.*:\1:p' Directory.Build.props)

case "$(uname -s)-$(uname -m)" in
    Linux-x86_64) rid=linux-x64 platform=linux_amd64 ;;
    Linux-aarch64) rid=linux-arm64 platform=linux_arm64 ;;
    *) echo "This script builds for Linux on x64 and arm64; this is $(uname -s) on $(uname -m)." >&2; exit 1 ;;
esac

linker=
for candidate in gcc clang; do
    if command -v "$candidate" >/dev/null && echo 'int main(void){return 0;}' | "$candidate" -xc - -o /dev/null 2>/dev/null; then
        linker=$candidate
        break
    fi
done
package=${SECRETSPORTAL_PROVIDER_PACKAGE:-$([ -n "$linker" ] && echo NativeAot || echo ReadyToRun)}
options=()
case $package in
    NativeAot)
        [ -n "$linker" ] || { echo "NativeAot needs gcc or clang, with the C library's development files (Debian: gcc libc6-dev)." >&2; exit 1; }
        options=("-p:CppCompilerAndLinker=$linker")
        echo "Compiling ahead of time, linked by $linker; this takes a minute or two."
        ;;
    ReadyToRun) echo "Precompiling and packing the provider with its runtime$([ -n "$linker" ] || echo ", because neither gcc nor clang is here")." ;;
    *) echo "SECRETSPORTAL_PROVIDER_PACKAGE is NativeAot or ReadyToRun, not $package." >&2; exit 1 ;;
esac

# A folder of its own for all that the build makes: the tree's bin and obj are for the tests, and stay as they are.
build=$(mktemp -d)
trap 'rm -rf "$build"' EXIT
log=$build/log
if ! dotnet publish src/SecretsPortal.TerraformProvider -c Release -r "$rid" "-p:ProviderPackage=$package" "${options[@]}" \
    --artifacts-path "$build/artifacts" -o "$build/out" -v quiet -nologo >"$log" 2>&1; then
    cat "$log" >&2
    exit 1
fi

target=$mirror/registry.terraform.io/secrets-portal/secretsportal/$version/$platform
mkdir -p "$target"
# Renamed into place, so that a Terraform that runs at this moment sees the old file or the new one, and never half of one.
install -m 0755 "$build/out/SecretsPortal.TerraformProvider" "$target/.new"
mv -f "$target/.new" "$target/terraform-provider-secretsportal_v$version"
echo "Installed $package, $(du -h "$target/terraform-provider-secretsportal_v$version" | cut -f1): $target/terraform-provider-secretsportal_v$version"
