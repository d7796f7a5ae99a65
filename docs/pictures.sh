#!/usr/bin/env bash
# Takes the README's pictures: starts a demonstration (--demo) in a folder of its own and looks at its pages in Chromium, light and dark.
# Usage: docs/pictures.sh [FOLDER]      by default docs/pictures
set -euo pipefail
cd "$(dirname "$0")/.."
folder="$(realpath -m "${1:-docs/pictures}")"
mkdir -p "$folder"
dotnet build tests/SecretsPortal.EndToEnd.Tests -v q -nologo
SECRETSPORTAL_README_PICTURES="$folder" dotnet tests/SecretsPortal.EndToEnd.Tests/bin/Debug/net10.0/SecretsPortal.EndToEnd.Tests.dll -class '*ReadmePictures' -noLogo -noColor
# 255 colours are enough for flat pages, and a third of the bytes.
if command -v convert > /dev/null; then
  for picture in "$folder"/*.png; do convert "$picture" +dither -colors 255 "PNG8:$picture"; done
fi
ls -l "$folder"
