#!/usr/bin/env bash
# Gates a canary with nothing but kubectl: applies a change, waits for the pause, tests the canary cluster, approves or rejects,
# waits for the end, and fails as soon as the rollout fails.
#
#   rollout.sh FILE NAMESPACE NAME TEST [ARG ...]
#
# TEST is run at each pause with REVISION and STAGE in its environment; its exit code decides. TIMEOUT (default 30m) bounds each wait.
set -euo pipefail

file=$1 namespace=$2 name=$3
shift 3
timeout=${TIMEOUT:-30m}
field() { kubectl get fap "$name" -n "$namespace" -o "jsonpath=$1"; }
completed='{.status.conditions[?(@.type=="RolloutCompleted")]'

# decide Approve|Reject: one RolloutApproval, which counts for this revision and stage alone.
decide() {
  kubectl create -f - <<EOT
apiVersion: accesspoint.dev/v1alpha1
kind: RolloutApproval
metadata: {generateName: $name-, namespace: $namespace}
spec: {accessPoint: $name, revision: $REVISION, stage: $STAGE, gate: $GATE, decision: $1, reason: "CI ${CI_RUN:-$(date -u +%Y%m%dT%H%M%SZ)}"}
EOT
}

# Prints what ended the wait: AwaitingApproval, Completed, or the reason of a failure. kubectl wait knows one condition at a time, so
# the ends are waited for next to each other, and whoever is first ends the others.
next_end() {
  local ends=(AwaitingApproval=true RolloutCompleted=true Degraded=true Accepted=false) waits=() code=0
  for end in "${ends[@]}"; do
    kubectl wait "fap/$name" -n "$namespace" "--for=condition=$end" "--timeout=$timeout" >/dev/null 2>&1 &
    waits+=($!)
  done
  wait -n "${waits[@]}" || code=$?
  kill "${waits[@]}" 2>/dev/null || true
  wait "${waits[@]}" 2>/dev/null || true
  if [ "$code" -ne 0 ]; then echo Timeout; return; fi
  if [ "$(field '{.status.conditions[?(@.type=="Accepted")].status}')" = False ]; then
    field '{.status.conditions[?(@.type=="Accepted")].reason}'
  elif [ "$(field '{.status.rollout.phase}')" = AwaitingApproval ]; then
    echo AwaitingApproval
  else
    field "$completed.reason}"
  fi
}

kubectl apply -f "$file"
while true; do
  end=$(next_end)
  case $end in
    AwaitingApproval)
      REVISION=$(field '{.status.updateRevision}') STAGE=$(field '{.status.rollout.stage}')
      GATE=$(field "{.status.rollout.stages[?(@.name==\"$STAGE\")].gates[?(@.state==\"Waiting\")].when}")
      GATE=${GATE%% *}
      export REVISION STAGE
      echo "stage $STAGE waits for a decision on $REVISION: running the test"
      if "$@"; then decide Approve; else decide Reject; fi
      # Until the decision was taken in.
      kubectl wait "fap/$name" -n "$namespace" --for=condition=AwaitingApproval=false --timeout="$timeout" >/dev/null
      ;;
    Completed)
      echo "revision $(field '{.status.updateRevision}') is everywhere"
      exit 0
      ;;
    InProgress | NotStarted) sleep 1 ;;
    *)
      echo "the rollout ended with $end: $(field "$completed.message}")" >&2
      exit 1
      ;;
  esac
done
