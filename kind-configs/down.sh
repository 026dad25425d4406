#!/usr/bin/env bash
# Removes what up.sh created: the clusters, their VIPs, and the container that served these.
set -euo pipefail

for tool in docker kind; do
  command -v "$tool" >/dev/null || { printf 'down.sh: %s is needed and was not found in PATH\n' "$tool" >&2; exit 1; }
done

remove_containers() {
  local container
  for container in $(docker ps --all --quiet --filter "$1"); do
    docker rm --force "$container" >/dev/null
  done
}

remove_containers 'name=^fap-load-balancer$'
for cluster in fap-hub fap-{lvs,slc,rno}-{1,2}; do
  remove_containers "label=io.x-k8s.cloud-provider-kind.cluster=$cluster"
  kind delete cluster --name "$cluster"
done
