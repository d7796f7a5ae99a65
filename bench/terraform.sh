#!/usr/bin/env bash
# Measures Terraform over many secrets: a portal of its own on SQLite, N secrets each with a value and a rotation, declared by the real Terraform.
#
#   bench/terraform.sh MIRROR [N] [PARALLELISM] [SHAPE] [STATE]
#
# MIRROR is a folder that terraform/install-provider.sh has filled. Where nothing is said, N is 1000, PARALLELISM 50, SHAPE teams and STATE http.
#   SHAPE  module: each secret with what belongs to it is an instance of a module. teams: the same in ten calls of the module.
#          resource: for_each on the three resources, which name each other's instance by each.key. chained: values and rotations have the
#          secrets themselves for their for_each.
#   STATE  local: a file. http: a server, as teams have it (here a small one of its own, in memory; needs python3).
# Builds the portal (Release) and starts it on a free port with its data in a temporary folder; SECRETSPORTAL_BENCH_PORTAL names one that is built.
# Prints for each command the seconds that passed and the seconds of processor time that Terraform, the provider and the portal used, and at the end
# the greatest memory. STEPS="plan apply noop noop10 norefresh destroy" says which commands.
set -euo pipefail
mirror=$(cd "${1:?usage: bench/terraform.sh MIRROR [N] [PARALLELISM] [SHAPE] [STATE]}" && pwd)
secrets=${2:-1000} parallelism=${3:-50} shape=${4:-teams} state=${5:-http}
steps=" ${STEPS:-plan apply noop noop10 norefresh destroy} "
cd "$(dirname "${BASH_SOURCE[0]}")/.."
work=$(mktemp -d)
running=()
end() {
    local id
    for id in "${running[@]}"; do kill -TERM "$id" 2>/dev/null && wait "$id" || true; done
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
running+=("$portal")
for ((i = 0; i < 300; i++)); do
    curl -sf -o /dev/null "http://127.0.0.1:$port/health/ready" && break
    kill -0 "$portal" || { cat "$work/portal.log" >&2; exit 1; }
    sleep 0.2
done

required='terraform {
  required_providers {
    secretsportal = { source = "secrets-portal/secretsportal" }
  }
}'
mkdir -p "$work/tf"
# The three resources, with what tells them apart: the lines of for_each and what they name each other by.
resources() { # resources KEY SECRET_FOR_EACH VERSION_FOR_EACH ROTATION_FOR_EACH SECRET VERSION
    cat <<HCL
resource "secretsportal_secret" "a" {
  $2
  name                    = "bench/\${$1}"
  recovery_window_in_days = 0
  tags                    = { bench = "terraform" }
}
resource "secretsportal_secret_version" "a" {
  $3
  secret_id                = $5
  secret_string_wo         = jsonencode({ password = "p\${$1}" })
  secret_string_wo_version = 1
}
resource "secretsportal_secret_rotation" "a" {
  $4
  secret_id          = $6
  strategy           = "generate"
  rotate_immediately = false
  rotation_rules     = { schedule_expression = "cron(0 3 ? * SUN *)", duration = "2h" }
}
HCL
}
all="toset([for i in range($secrets) : tostring(i)])"
case $shape in
    module | teams)
        mkdir "$work/tf/one"
        { echo "$required"; echo 'variable "name" { type = string }'; resources var.name '' '' '' secretsportal_secret.a.arn secretsportal_secret_version.a.secret_id; } >"$work/tf/one/main.tf"
        echo "$required" >"$work/tf/main.tf"
        calls=1
        [ "$shape" = module ] || calls=10
        for ((call = 0; call < calls; call++)); do
            echo "module \"team$call\" {
  source   = \"./one\"
  for_each = toset([for i in range($secrets / $calls) : tostring(i)])
  name     = \"team$call/\${each.key}\"
}" >>"$work/tf/main.tf"
        done
        ;;
    resource)
        { echo "$required"; resources each.key "for_each = $all" "for_each = $all" "for_each = $all" 'secretsportal_secret.a[each.key].arn' 'secretsportal_secret_version.a[each.key].secret_id'; } >"$work/tf/main.tf"
        ;;
    chained)
        { echo "$required"; resources each.key "for_each = $all" 'for_each = secretsportal_secret.a' 'for_each = secretsportal_secret_version.a' each.value.arn each.value.secret_id; } >"$work/tf/main.tf"
        ;;
    *) echo "There is no shape $shape." >&2; exit 64 ;;
esac

case $state in
    local) ;;
    http)
        python3 - "$((port + 1))" <<'PYTHON' &
import http.server, sys
held = None
class State(http.server.BaseHTTPRequestHandler):
    def answer(self, status, body=b""):
        self.send_response(status); self.send_header("Content-Length", str(len(body))); self.end_headers(); self.wfile.write(body)
    def do_GET(self): self.answer(404) if held is None else self.answer(200, held)
    def do_POST(self):
        global held
        held = self.rfile.read(int(self.headers["Content-Length"])); self.answer(200)
    def log_message(self, *_): pass
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), State).serve_forever()
PYTHON
        running+=("$!")
        echo "terraform {
  backend \"http\" { address = \"http://127.0.0.1:$((port + 1))/\" }
}" >"$work/tf/backend.tf"
        ;;
    *) echo "There is no state $state." >&2; exit 64 ;;
esac

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

# Looks at one command and the provider that it starts, until it has ended: the greatest memory of each and the provider's processor time.
watch() { # watch ID
    local id memory provider=0 terraform=0 ticks=0
    while memory=$(awk '/VmHWM/{print $2}' "/proc/$1/status" 2>/dev/null) && [ -n "$memory" ]; do
        terraform=$memory
        for id in $(pgrep -P "$1" -f terraform-provider-secretsportal_v || true); do
            memory=$(awk '/VmHWM/{print $2}' "/proc/$id/status" 2>/dev/null) && [ "${memory:-0}" -gt "$provider" ] && provider=$memory
            # Terraform has it started again for each walk: each process is counted, by its last sight.
            awk -v id="$id" '{print id, $14 + $15}' "/proc/$id/stat" 2>/dev/null >>"$work/ticks" || true
        done
        sleep 0.1
    done
    ticks=$(awk '{last[$1] = $2} END {for (id in last) sum += last[id]; print sum + 0}' "$work/ticks")
    echo "$ticks $provider $terraform" >"$work/watched"
}

ticks_of() { awk '{print $14 + $15}' "/proc/$1/stat"; }
children() { awk '{print $16 + $17}' "/proc/$$/stat"; } # of the ended processes that this shell has waited for

peak_provider=0 peak_terraform=0
timed() { # timed WHAT COMMAND…
    local what=$1 started=${EPOCHREALTIME/[.,]/} before of_portal id watcher ended ticks provider terraform
    shift
    before=$(children) of_portal=$(ticks_of "$portal")
    : >"$work/ticks"
    "$@" >"$work/out" 2>&1 &
    id=$!
    watch "$id" &
    watcher=$!
    if ! wait "$id"; then grep -v '^ *#\|Refreshing\|Still ' "$work/out" | tail -30 >&2; exit 1; fi
    ended=${EPOCHREALTIME/[.,]/} before=$(($(children) - before)) of_portal=$(($(ticks_of "$portal") - of_portal))
    wait "$watcher"
    read -r ticks provider terraform <"$work/watched"
    [ "$provider" -le "$peak_provider" ] || peak_provider=$provider
    [ "$terraform" -le "$peak_terraform" ] || peak_terraform=$terraform
    awk -v what="$what" -v passed="$((ended - started))" -v all="$before" -v provider="$ticks" -v portal="$of_portal" 'BEGIN {
        printf "%-40s %7.1f s   processor: Terraform %.1f s, provider %.1f s, portal %.1f s\n", what, passed / 1e6, (all - provider) / 100, provider / 100, portal / 100 }'
}
does() { [[ $steps == *" $1 "* ]]; }
cd "$work/tf"
timed init terraform init -input=false -no-color
echo "$secrets secrets with a value and a rotation each, shape $shape, state $state, -parallelism=$parallelism, load $(cut -d' ' -f1 /proc/loadavg) on $(nproc) cores"
! does plan || timed 'plan of what is not there' terraform plan -input=false -no-color -parallelism="$parallelism" -out=plan.bin
! does apply || timed 'apply' terraform apply -input=false -no-color -parallelism="$parallelism" plan.bin
! does noop || timed 'plan without changes' terraform plan -input=false -no-color -parallelism="$parallelism" -detailed-exitcode
! does noop10 || timed 'plan without changes, -parallelism=10' terraform plan -input=false -no-color -detailed-exitcode
! does norefresh || timed 'plan without a refresh' terraform plan -input=false -no-color -refresh=false -detailed-exitcode
! does destroy || timed 'destroy' terraform destroy -input=false -no-color -auto-approve -parallelism="$parallelism"
echo "greatest memory: the provider $((peak_provider / 1024)) MB, Terraform $((peak_terraform / 1024)) MB"
