#!/usr/bin/env bash
# Measures Terraform over many secrets: a portal of its own on SQLite, N secrets each with a value and a rotation, declared by the real Terraform.
#
#   bench/terraform.sh MIRROR [N] [PARALLELISM]
#
# MIRROR is a folder that terraform/install-provider.sh has filled. Builds the portal (Release) and starts it on a free port with its data in a
# temporary folder. Prints the seconds of the first plan, the apply, a plan without changes and the destruction, and the provider's greatest memory.
set -euo pipefail
mirror=$(cd "${1:?usage: bench/terraform.sh MIRROR [N] [PARALLELISM]}" && pwd)
secrets=${2:-1000}
parallelism=${3:-50}
cd "$(dirname "${BASH_SOURCE[0]}")/.."
work=$(mktemp -d)
portal=
end() {
    [ -z "$portal" ] || { kill -TERM "$portal" && wait "$portal"; } || true
    rm -rf "$work"
}
trap end EXIT

port=$((20000 + RANDOM % 20000))
program=${SECRETSPORTAL_BENCH_PORTAL:-}
if [ -z "$program" ]; then
    dotnet build src/SecretsPortal.Web -c Release -v quiet -nologo >"$work/build.log" || { cat "$work/build.log" >&2; exit 1; }
    program=src/SecretsPortal.Web/bin/Release/net10.0/SecretsPortal.Web.dll
fi
dotnet "$program" --urls "http://127.0.0.1:$port" --contentRoot "$(dirname "$program")" --Portal:DataDirectory="$work/data" \
    --Portal:Bootstrap:AccessKeyId=AKIABENCHOFTERRAFORM --Portal:Bootstrap:SecretAccessKey=secretHalfOfTheBenchAccessKey0123456789a >"$work/portal.log" 2>&1 &
portal=$!
for ((i = 0; i < 300; i++)); do
    curl -sf -o /dev/null "http://127.0.0.1:$port/health/ready" && break
    kill -0 "$portal" || { cat "$work/portal.log" >&2; exit 1; }
    sleep 0.2
done

# Each secret with what belongs to it is an instance of a module, as it would be written. One list of all that other resources pick from by
# count.index costs Terraform itself the square of its length: 1,000 took it nine minutes to plan, whatever the provider did.
mkdir -p "$work/tf/one"
required='terraform {
  required_providers {
    secretsportal = { source = "secrets-portal/secretsportal" }
  }
}'
cat >"$work/tf/main.tf" <<HCL
$required
module "one" {
  source   = "./one"
  for_each = toset([for i in range($secrets) : tostring(i)])
  index    = each.key
}
HCL
cat >"$work/tf/one/main.tf" <<HCL
$required
variable "index" { type = string }
resource "secretsportal_secret" "a" {
  name                    = "bench/\${var.index}"
  recovery_window_in_days = 0
  tags                    = { bench = "terraform" }
}
resource "secretsportal_secret_version" "a" {
  secret_id                = secretsportal_secret.a.arn
  secret_string_wo         = jsonencode({ password = "p\${var.index}" })
  secret_string_wo_version = 1
}
resource "secretsportal_secret_rotation" "a" {
  secret_id          = secretsportal_secret_version.a.secret_id
  strategy           = "generate"
  rotate_immediately = false
  rotation_rules     = { schedule_expression = "cron(0 3 ? * SUN *)", duration = "2h" }
}
HCL
cat >"$work/terraformrc" <<HCL
disable_checkpoint = true
provider_installation {
  filesystem_mirror {
    path = "$mirror"
  }
}
HCL
export TF_CLI_CONFIG_FILE=$work/terraformrc TF_IN_AUTOMATION=1 SECRETSPORTAL_ENDPOINT=http://127.0.0.1:$port
export SECRETSPORTAL_ACCESS_KEY_ID=AKIABENCHOFTERRAFORM SECRETSPORTAL_SECRET_ACCESS_KEY=secretHalfOfTheBenchAccessKey0123456789a

# The greatest memory of any process of the provider while the commands run.
watch_memory() {
    local peak=0 now id
    while [ -d "$work/tf" ]; do
        for id in $(pgrep -f terraform-provider-secretsportal_v || true); do
            now=$(awk '/VmHWM/{print $2}' "/proc/$id/status" 2>/dev/null || echo 0)
            [ "${now:-0}" -gt "$peak" ] && peak=$now && echo "$peak" >"$work/peak"
        done
        sleep 0.2
    done
}
watch_memory &
watcher=$!

timed() { # timed WHAT COMMAND…
    local what=$1 started=${EPOCHREALTIME/[.,]/}
    shift
    if ! "$@" >"$work/out" 2>&1; then tail -30 "$work/out" >&2; exit 1; fi
    echo "$what: $(((${EPOCHREALTIME/[.,]/} - started) / 1000)) ms"
}
cd "$work/tf"
timed init terraform init -input=false -no-color
echo "$secrets secrets with a value and a rotation each, -parallelism=$parallelism, load $(cut -d' ' -f1 /proc/loadavg) on $(nproc) cores"
timed 'plan of what is not there' terraform plan -input=false -no-color -parallelism="$parallelism" -out=plan.bin
timed 'apply' terraform apply -input=false -no-color -parallelism="$parallelism" plan.bin
timed 'plan without changes' terraform plan -input=false -no-color -parallelism="$parallelism" -detailed-exitcode
timed 'plan without changes, -parallelism=10' terraform plan -input=false -no-color -detailed-exitcode
timed 'plan without a refresh' terraform plan -input=false -no-color -refresh=false -detailed-exitcode
timed 'destroy' terraform destroy -input=false -no-color -auto-approve -parallelism="$parallelism"
echo "the provider's greatest memory: $(($(cat "$work/peak" 2>/dev/null || echo 0) / 1024)) MB"
kill "$watcher" 2>/dev/null || true
