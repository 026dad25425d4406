#!/bin/sh
# Gates a rollout with nothing but kubectl: applies a change, runs a test at each Approval that the rollout comes to, approves or
# rejects as the test says, and waits for the end. Fails as soon as the rollout has failed, or gave way to another revision.
#
#   rollout.sh FILE NAMESPACE NAME TEST [ARG ...]
#
# TEST gets REVISION, STAGE (removal: clusters that left are to be cleaned up) and GATE (Before or After) in its environment; its
# exit code decides. Where two Approvals stand on one side of a stage it runs for each of them. The script itself takes:
#
#   TIMEOUT   by when all has to be over: 90s, 30m or 2h; default 1h. A test that runs is waited for.
#   RETRY     true: a rollout of this revision that has failed is tried again, once. Default false: it is the end.
#   CI_RUN    what decisions give as their reason; default: the time.
set -eu

if [ "$#" -lt 4 ]; then
  echo "usage: rollout.sh FILE NAMESPACE NAME TEST [ARG ...]" >&2
  exit 2
fi
file=$1 namespace=$2 name=$3
shift 3
timeout=${TIMEOUT:-1h} retry=${RETRY:-false} run=${CI_RUN:-$(date -u +%Y%m%dT%H%M%SZ)}

amount=${timeout%[smh]}
case $amount in
  "$timeout" | '' | *[!0-9]*)
    echo "TIMEOUT is $timeout; write 90s, 30m or 2h" >&2
    exit 2
    ;;
esac
case $timeout in
  *h) amount=$((amount * 3600)) ;;
  *m) amount=$((amount * 60)) ;;
esac
deadline=$(($(date +%s) + amount))

give_up() {
  echo "$name: $1" >&2
  exit 1
}

# Says what it waits for, once, and waits a moment.
wait_for() {
  [ "$1" = "${said-}" ] || echo "$1"
  said=$1
  [ "$(date +%s)" -lt "$deadline" ] || give_up "gave up after $timeout: $1"
  sleep 1
}

condition() { echo "{.status.conditions[?(@.type==\"$1\")].$2}"; }
field() { kubectl get fap "$name" -n "$namespace" --ignore-not-found -o "jsonpath=$1"; }

# One look at the rollout. Messages come last, because anything may be in them.
look() {
  facts="{.metadata.generation}|$(condition RolloutCompleted observedGeneration)|{.status.updateRevision}|{.status.rollout.phase}"
  facts="$facts|{.status.rollout.stage}|{.status.rollout.answered}|$(condition Accepted status)|$(condition RolloutCompleted status)"
  facts="$facts|$(condition RolloutCompleted reason)|$(condition RolloutCompleted message)"
  facts=$(field "$facts") || return
  IFS='|' read -r generation seen current phase stage answered accepted completed reason message <<EOT
$facts
EOT
}

# Lets the test decide at the gate that is open, and waits until the decision was answered.
decide() {
  gate=Before
  if [ "$stage" != removal ]; then
    gate=$(field "{.status.rollout.stages[?(@.name==\"$stage\")].gates[?(@.state==\"Waiting\")].when}") || return 0
    gate=${gate%% *}
  fi
  # Somebody else was faster.
  [ -n "$gate" ] || return 0
  echo "stage $stage waits for a decision on $revision (gate $gate): running the test"
  decision=Reject
  if REVISION=$revision STAGE=$stage GATE=$gate "$@"; then decision=Approve; fi
  # It counts for this revision, stage and side alone.
  approval=$(
    kubectl create -o name -f - <<EOT
apiVersion: accesspoint.dev/v1alpha1
kind: RolloutApproval
metadata: {generateName: $name-, namespace: $namespace}
spec: {accessPoint: $name, revision: $revision, stage: $stage, gate: $gate, decision: $decision, reason: "CI $run"}
EOT
  )
  answer=
  until [ "${answer%% *}" = True ]; do
    answer=$(kubectl get "$approval" -n "$namespace" \
      -o "jsonpath=$(condition Accepted status) $(condition Accepted reason): $(condition Accepted message)") || answer=
    case $answer in
      True*) echo "$approval: ${answer#* }" ;;
      False*)
        [ "$decision" = Approve ] || give_up "the test failed, and $approval was refused: ${answer#* }"
        echo "$approval was refused: ${answer#* }"
        return
        ;;
      *) wait_for "waiting until $approval is answered" ;;
    esac
  done
}

is_asked() { case $answered in *"\"retry:$revision\""*) true ;; *) false ;; esac }

# A request counts once: one that was made before is taken back first.
try_again() {
  echo "it had failed ($reason: $message): trying again"
  retry=false
  kubectl annotate fap "$name" -n "$namespace" accesspoint.dev/retry-
  until look && ! is_asked; do wait_for "waiting until the earlier request to retry is forgotten"; done
  kubectl annotate fap "$name" -n "$namespace" "accesspoint.dev/retry=$revision"
  until look && is_asked; do wait_for "waiting until the request to retry is answered"; done
}

kubectl apply -f "$file"
revision=
while true; do
  if ! look; then
    wait_for "the hub does not answer"
  elif [ -z "$generation" ]; then
    give_up "it is gone"
  elif [ "$seen" != "$generation" ]; then
    wait_for "waiting until the controller has seen the change"
  elif [ "$accepted" = False ]; then
    give_up "it is refused: $(field "$(condition Accepted message)")"
  elif [ "$current" != "${revision:=$current}" ]; then
    give_up "revision $revision gave way to $current"
  elif [ "$completed" = True ]; then
    echo "$message"
    exit 0
  elif [ "$reason" != InProgress ] && [ "$reason" != NotStarted ]; then
    [ "$retry" = true ] || give_up "the rollout ended with $reason: $message"
    try_again
  elif [ "$phase" = AwaitingApproval ]; then
    decide "$@"
  else
    wait_for "$phase: $message"
  fi
done
