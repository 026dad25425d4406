#!/usr/bin/env bash
# Creates a hub and six member clusters in Docker, with Istio in each Primary, VIPs for Services of type LoadBalancer, and the
# controller. What is there already is kept; run it again after a failure or to bring in a new build of the controller.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

zones=(lvs slc rno)
image=federated-accesspoint:0.1.0
load_balancer_image=registry.k8s.io/cloud-provider-kind/cloud-controller-manager:v0.10.0
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

say() { printf '\n== %s\n' "$*" >&2; }
die() { printf 'up.sh: %s\n' "$*" >&2; exit 1; }

# kubectl and istioctl for one of the clusters: hub, lvs-1, ...
kube() { local cluster=$1; shift; kubectl --context "kind-fap-$cluster" "$@"; }
istio() { local cluster=$1 command=$2; shift 2; istioctl "$command" --context "kind-fap-$cluster" "$@"; }
node() { printf 'fap-%s-control-plane' "$1"; }

check_tools() {
  local tool
  for tool in docker kind kubectl istioctl openssl; do
    command -v "$tool" >/dev/null || die "$tool is needed and was not found in PATH"
  done
  docker info >/dev/null 2>&1 || die "the Docker engine does not answer: is it running, and may you use it?"
  local instances=/proc/sys/fs/inotify/max_user_instances
  if [[ -r $instances && $(<"$instances") -lt 512 ]]; then
    die "seven clusters need more inotify instances: sudo sysctl fs.inotify.max_user_instances=512 fs.inotify.max_user_watches=524288"
  fi
}

create_cluster() {
  local cluster=$1
  if kind get clusters | grep -qx "fap-$cluster"; then
    say "$cluster is there"
  else
    say "creating $cluster"
    kind create cluster --config "kind-configs/$cluster.yaml" --wait 2m
  fi
  # One node is everything: it must not be left out by load balancers.
  kube "$cluster" label nodes --all node.kubernetes.io/exclude-from-external-load-balancers- >/dev/null
}

# One container serves the Services of type LoadBalancer of all kind clusters.
start_load_balancer() {
  say "VIPs: cloud-provider-kind"
  docker start fap-load-balancer >/dev/null 2>&1 ||
    docker run --detach --name fap-load-balancer --restart unless-stopped --network kind \
      --volume /var/run/docker.sock:/var/run/docker.sock "$load_balancer_image" --gateway-channel=disabled >/dev/null
}

install_istio() {
  local primary=$1
  say "Istio in $primary"
  istio "$primary" install --skip-confirmation --set profile=minimal \
    --set values.global.meshID=fap \
    --set "values.global.multiCluster.clusterName=$primary"
  kube "$primary" apply -f kind-configs/manifests/gateway.yaml
  openssl req -x509 -newkey rsa:2048 -nodes -days 90 -subj /CN=checkout.example.com \
    -addext subjectAltName=DNS:checkout.example.com \
    -keyout "$scratch/tls.key" -out "$scratch/tls.crt" 2>/dev/null
  kube "$primary" create secret tls checkout-tls -n shop --key "$scratch/tls.key" --cert "$scratch/tls.crt" \
    --dry-run=client -o yaml | kube "$primary" apply -f -
}

# Lets the pods of one cluster reach those of another; the route is lost when Docker restarts, and made again by another run.
route_pods() {
  local from=$1 to=$2 subnet address
  subnet=$(sed -n 's/^ *podSubnet: *//p' "kind-configs/$to.yaml")
  address=$(docker inspect --format '{{.NetworkSettings.Networks.kind.IPAddress}}' "$(node "$to")")
  docker exec "$(node "$from")" ip route replace "$subnet" via "$address"
}

# istiod in the Primary reads the Remote's Services and endpoints.
join_remote() {
  local primary=$1 remote=$2
  say "$remote joins the mesh of $primary"
  route_pods "$primary" "$remote"
  route_pods "$remote" "$primary"
  istio "$remote" create-remote-secret --name "$remote" --server "https://$(node "$remote"):6443" >"$scratch/remote-secret.yaml"
  kube "$primary" apply -f "$scratch/remote-secret.yaml"
}

# Gives the hub its account in a member, and the hub a kubeconfig of it that works inside Docker's network.
register() {
  local member=$1 file=$scratch/$1.kubeconfig token=""
  say "$member lets the hub in"
  kube "$member" apply -k deploy/member
  for _ in {1..30}; do
    token=$(kube "$member" get secret fap-hub -n fap-system -o jsonpath='{.data.token}' | base64 -d)
    [[ -n $token ]] && break
    sleep 1
  done
  [[ -n $token ]] || die "$member gave the account fap-hub no token"
  kube "$member" get secret fap-hub -n fap-system -o jsonpath='{.data.ca\.crt}' | base64 -d >"$scratch/$member.crt"
  (
    umask 077
    export KUBECONFIG=$file
    kubectl config set-cluster "$member" --server="https://$(node "$member"):6443" \
      --certificate-authority="$scratch/$member.crt" --embed-certs
    kubectl config set-credentials fap-hub --token="$token"
    kubectl config set-context "$member" --cluster="$member" --user=fap-hub
    kubectl config use-context "$member"
  ) >/dev/null
  kube hub create secret generic "$member" -n fap-system --from-file=kubeconfig="$file" \
    --dry-run=client -o yaml | kube hub apply -f -
}

install_controller() {
  say "the controller in the hub"
  docker build --tag "$image" .
  kind load docker-image "$image" --name fap-hub
  kube hub apply --server-side -f crds
  kube hub apply --server-side -k deploy
  # The image keeps its name when it is built anew.
  kube hub rollout restart deployment/federated-accesspoint -n fap-system
}

check_tools
create_cluster hub
for zone in "${zones[@]}"; do
  create_cluster "$zone-1"
  create_cluster "$zone-2"
done
start_load_balancer
for zone in "${zones[@]}"; do
  install_istio "$zone-1"
  join_remote "$zone-1" "$zone-2"
done
install_controller
for zone in "${zones[@]}"; do
  register "$zone-1"
  register "$zone-2"
done
kube hub apply -f examples/member-clusters.yaml
kube hub rollout status deployment/federated-accesspoint -n fap-system --timeout=3m
kube hub wait memberclusters --all --for=condition=Ready --timeout=2m

cat >&2 <<'TEXT'

Ready. Next:
  kubectl config use-context kind-fap-hub
  kubectl get memberclusters
  kubectl apply -f examples/https-edge.yaml
TEXT
