#!/usr/bin/env bash
# Writes terraform/docs from the provider's schemas: after each change of one. A test says when it was forgotten.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
dotnet run --project src/SecretsPortal.TerraformProvider -v quiet -- docs terraform/docs
