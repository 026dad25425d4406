import { group } from "../case.ts";
import { widget } from "./custom.ts";
import { configMap } from "./objects.ts";
import { settled } from "./pods.ts";

const service = {
  apiVersion: "v1",
  kind: "Service",
  metadata: { name: "s" },
  spec: { selector: { app: "a" }, ports: [{ name: "http", port: 80 }] },
};
const two = [
  ["POST cm", configMap("a", { k: "1" }, { labels: { app: "x" } })],
  ["POST cm", configMap("b", { k: "2" })],
] as const;
const one = [["POST wd", widget("w", { size: 3, tags: ["x"] })]] as const;

const list = (...items: readonly object[]) => ({ apiVersion: "v1", kind: "List", items });

export const kubectl = group("kubectl", {
  get: [...two, { kubectl: "get cm -n {ns}" }],
  "get one": [...two, { kubectl: "get cm a -n {ns}" }],
  "get by label": [...two, { kubectl: "get cm -n {ns} -l app=x" }],
  "get by field": [...two, { kubectl: "get cm -n {ns} --field-selector metadata.name=b" }],
  "get nothing": [{ kubectl: "get cm -n {ns}" }, { kubectl: "get cm nothing -n {ns}" }, { kubectl: "get nonsense -n {ns}" }],
  "get in pages": [...two, { kubectl: "get cm -n {ns} --chunk-size=1" }],
  "get -o name": [...two, { kubectl: "get cm -n {ns} -o name" }],
  "get -o jsonpath": [...two, { kubectl: "get cm -n {ns} -o jsonpath={.items[*].data.k}" }],
  "get -o custom-columns": [...two, { kubectl: "get cm -n {ns} -o custom-columns=N:.metadata.name,K:.data.k" }],
  "get -o yaml": [...two, { kubectl: "get cm a -n {ns} -o yaml" }],
  "get -o json": [...two, { kubectl: "get cm a -n {ns} -o json" }],
  "get -o wide": [["POST svc", service], { kubectl: "get svc -n {ns} -o wide" }],
  "get --show-labels": [...two, { kubectl: "get cm -n {ns} --show-labels" }],
  "get custom objects": [...one, { kubectl: "get wd -n {ns}" }, { kubectl: "get widgets.contract.example.com -n {ns} -o wide" }],
  "get a category": [...one, { kubectl: "get contract -n {ns}" }],
  "get several kinds": [...two, ["POST svc", service], { kubectl: "get cm,svc -n {ns}" }],
  "get --raw": [{ kubectl: "get --raw /apis/contract.example.com" }],
  "get namespaces": [{ kubectl: "get ns {ns}" }],
  describe: [...two, { kubectl: "describe cm a -n {ns}" }],
  "describe a service": [["POST svc", service], { kubectl: "describe svc s -n {ns}" }],
  "describe a custom object": [...one, { kubectl: "describe wd w -n {ns}" }],
  "apply creates, configures, leaves": [
    { kubectl: "apply -n {ns} -f {file}", stdin: configMap("a", { k: "1" }) },
    { kubectl: "apply -n {ns} -f {file}", stdin: configMap("a", { k: "1" }) },
    { kubectl: "apply -n {ns} -f {file}", stdin: configMap("a", { l: "2" }) },
    ["GET cm/a"],
  ],
  "apply of a service": [
    { kubectl: "apply -n {ns} -f {file}", stdin: service },
    {
      kubectl: "apply -n {ns} -f {file}",
      stdin: {
        ...service,
        spec: {
          ...service.spec,
          ports: [
            { name: "http", port: 80, targetPort: 8080 },
            { name: "tls", port: 443 },
          ],
        },
      },
    },
    ["GET svc/s"],
  ],
  "apply of a custom object": [
    { kubectl: "apply -n {ns} -f {file}", stdin: widget("w", { size: 1, rules: [{ name: "a" }] }) },
    { kubectl: "apply -n {ns} -f {file}", stdin: widget("w", { size: 2 }) },
    ["GET wd/w"],
  ],
  "apply of a list": [
    { kubectl: "apply -n {ns} -f {file}", stdin: list(configMap("a"), configMap("b")) },
    { kubectl: "apply -n {ns} --server-side -f {file}", stdin: list(configMap("c"), widget("w")) },
    { kubectl: "apply -n {ns} --dry-run=server -f {file}", stdin: list(configMap("a", { k: "v" })) },
    { kubectl: "delete -n {ns} -f {file}", stdin: list(configMap("a"), widget("w")) },
  ],
  "create a list": [{ kubectl: "create -n {ns} -f {file}", stdin: list(configMap("a"), widget("w")) }],
  "apply of a kind that is not served": [
    { kubectl: "apply -n {ns} -f {file}", stdin: { apiVersion: "foo.example.com/v1", kind: "Nope", metadata: { name: "n" } } },
    { kubectl: "apply -n {ns} -f {file}", stdin: { apiVersion: "apps/v1", kind: "Nope", metadata: { name: "n" } } },
    { kubectl: "create -n {ns} -f {file}", stdin: { apiVersion: "v1", kind: "Nope", metadata: { name: "n" } } },
  ],
  "apply refuses unknown fields": [{ kubectl: "apply -n {ns} -f {file}", stdin: { ...configMap("a"), foo: 1 } }],
  "apply refuses an invalid custom object": [{ kubectl: "apply -n {ns} -f {file}", stdin: widget("w", { size: 0 }) }],
  "server-side apply": [
    { kubectl: "apply -n {ns} --server-side -f {file}", stdin: configMap("a", { k: "1" }) },
    { kubectl: "apply -n {ns} --server-side --field-manager=other -f {file}", stdin: configMap("a", { k: "2" }) },
    { kubectl: "apply -n {ns} --server-side --force-conflicts --field-manager=other -f {file}", stdin: configMap("a", { k: "2" }) },
    ["GET cm/a"],
  ],
  "apply --dry-run=server": [
    { kubectl: "apply -n {ns} --dry-run=server -f {file}", stdin: configMap("a", { k: "1" }) },
    ["GET cm/a"],
  ],
  diff: [...two, { kubectl: "diff -n {ns} --server-side --force-conflicts -f {file}", stdin: configMap("b", { k: "2" }) }],
  create: [
    { kubectl: "create -n {ns} -f {file}", stdin: configMap("a") },
    { kubectl: "create -n {ns} -f {file}", stdin: configMap("a") },
  ],
  "create namespace": [
    { kubectl: "create ns {ns}-made" },
    ["GET /api/v1/namespaces/{ns}-made"],
    { kubectl: "create ns {ns}-made" },
    { kubectl: "create ns Not_A_Name" },
  ],
  "create configmap": [{ kubectl: "create cm a -n {ns} --from-literal=k=v" }, ["GET cm/a"]],
  "create configmap of bytes": [{ kubectl: "create cm a -n {ns} --from-file=b={file}", stdin: "\u00ff\u0000" }, ["GET cm/a"]],
  "create secret": [
    { kubectl: "create secret generic a -n {ns} --from-literal=k=v --from-literal=l=ä" },
    { kubectl: "create secret docker-registry b -n {ns} --docker-username=u --docker-password=p" },
    ["GET secret/a"],
    ["GET secret/b"],
  ],
  "create service": [
    { kubectl: "create service clusterip a -n {ns} --tcp=80:8080 --tcp=443" },
    { kubectl: "create service clusterip b -n {ns} --clusterip=None" },
    { kubectl: "create service externalname c -n {ns} --external-name=example.com" },
    { kubectl: "create service nodeport d -n {ns} --tcp=80:web" },
    { kubectl: "create service loadbalancer e -n {ns} --tcp=80" },
    ["GET svc/a"],
    ["GET svc/b"],
    ["GET svc/c"],
    ["GET svc/d"],
    ["GET svc/e"],
  ],
  "create serviceaccount": [{ kubectl: "create sa a -n {ns}" }, ["GET sa/a"]],
  "create deployment": [
    { kubectl: "create deployment a -n {ns} --image=one --image=two --replicas=0" },
    { kubectl: "create deployment b -n {ns} --image=one --port=80 -- sleep 9" },
    ["GET deploy/a"],
    ["GET deploy/b"],
  ],
  "create roles": [
    { kubectl: "create role a -n {ns} --verb=get,list --resource=pods,deployments.apps" },
    { kubectl: "create clusterrole {ns} --verb=get --non-resource-url=/healthz" },
    { kubectl: "create rolebinding a -n {ns} --role=a --user=jane --group=team --serviceaccount={ns}:robot" },
    { kubectl: "create clusterrolebinding {ns} --clusterrole={ns} --user=jane" },
    { kubectl: "get role,rolebinding -n {ns} -o wide" },
    ["GET role/a"],
    ["GET rolebinding/a"],
    { kubectl: "delete clusterrole,clusterrolebinding {ns}" },
  ],
  "create configmap, every way": [
    { kubectl: "create cm a -n {ns} --from-env-file={file} --append-hash", stdin: "K=v\nL=w\n" },
    { kubectl: "create cm b -n {ns} --from-file={file} --from-literal=k=v", stdin: "x" },
    ["GET cm"],
  ],
  "create secret, every way": [
    { kubectl: "create secret generic a -n {ns} --type=example.com/own --from-literal=k=v --append-hash" },
    { kubectl: "create secret generic b -n {ns} --from-env-file={file}", stdin: "K=v\n" },
    { kubectl: "create secret docker-registry c -n {ns} --from-file=.dockerconfigjson={file}", stdin: { auths: {} } },
    ["GET secret"],
  ],
  "create service, every way": [
    { kubectl: "create service nodeport a -n {ns} --tcp=80:8080 --node-port=30123" },
    { kubectl: "create service externalname b -n {ns} --external-name=example.com --tcp=80" },
    { kubectl: "create service nodeport c -n {ns} --tcp=80:8080 --node-port=1" },
    ["GET svc/a"],
    ["GET svc/b"],
    ["DELETE svc/a"],
  ],
  "create roles, every way": [
    { kubectl: "create role a -n {ns} --verb=* --resource=pods/status --resource-name=x --resource-name=y" },
    { kubectl: "create clusterrole {ns} --aggregation-rule=a=b,c=d" },
    { kubectl: "create rolebinding a -n {ns} --clusterrole=view --group=team" },
    { kubectl: "create clusterrolebinding {ns} --clusterrole=view --user=jane --serviceaccount={ns}:robot" },
    ["GET role/a"],
    ["GET rolebinding/a"],
    {
      kubectl:
        "get clusterrole,clusterrolebinding {ns} -o jsonpath={.items[*].rules}{.items[*].aggregationRule}{.items[*].subjects}",
    },
    { kubectl: "delete clusterrole,clusterrolebinding {ns}" },
  ],
  run: [
    ["POST sa", { metadata: { name: "default" } }],
    {
      kubectl:
        "run a -n {ns} --image=i:1 --env=K=v --env=L=w --labels=x=y --annotations=n=o --port=80 --restart=OnFailure --privileged " +
        `--image-pull-policy=Never --overrides=${JSON.stringify({ spec: settled })} -- sleep 9`,
    },
    {
      kubectl: `run b -n {ns} --image=i:1 --expose --port=80 --command --overrides=${JSON.stringify({ spec: settled })} -- sleep 9`,
    },
    ["GET pod/a"],
    ["GET pod/b"],
    ["GET svc/b"],
  ],
  expose: [
    { kubectl: "create deployment a -n {ns} --image=one --port=80" },
    {
      kubectl:
        "expose deployment a -n {ns} --port=80 --target-port=web --name=b --type=LoadBalancer --load-balancer-ip=10.1.2.3 " +
        "--external-ip=10.4.5.6 --session-affinity=ClientIP --protocol=UDP --labels=x=y",
    },
    { kubectl: "expose service b -n {ns} --port=81 --name=c --cluster-ip=None" },
    ["GET svc/b"],
    ["GET svc/c"],
  ],
  "create job": [{ kubectl: "create job a -n {ns} --image=one -- sleep 9" }, ["GET job/a"]],
  "create --dry-run=server": [{ kubectl: "create cm a -n {ns} --from-literal=k=v --dry-run=server -o yaml" }, ["GET cm/a"]],
  "create --save-config": [{ kubectl: "create sa a -n {ns} --save-config --field-manager=me" }, ["GET sa/a"]],
  replace: [...two, { kubectl: "replace -n {ns} -f {file}", stdin: configMap("a", { k: "9" }) }, ["GET cm/a"]],
  edit: [...two, { kubectl: "edit cm a -n {ns}" }],
  patch: [
    ...two,
    { kubectl: 'patch cm a -n {ns} -p {"data":{"k":"9"}}' },
    { kubectl: 'patch cm a -n {ns} --type=json -p [{"op":"remove","path":"/data/k"}]' },
  ],
  label: [
    ...two,
    { kubectl: "label cm a -n {ns} team=core" },
    { kubectl: "label cm a -n {ns} team=other" },
    { kubectl: "label cm a -n {ns} team-" },
  ],
  annotate: [...two, { kubectl: "annotate cm a -n {ns} note=x" }, ["GET cm/a"]],
  delete: [...two, { kubectl: "delete cm a -n {ns}" }, { kubectl: "delete cm a -n {ns}" }, { kubectl: "delete cm --all -n {ns}" }],
  "wait for deletion": [...two, { kubectl: "delete cm a -n {ns} --wait" }],
  "wait for a condition": [
    ...one,
    ["PATCH wd/w/status", { status: { conditions: [{ type: "Ready", status: "True" }] } }, "merge"],
    { kubectl: "wait wd/w -n {ns} --for=condition=Ready --timeout=5s" },
  ],
  "wait for a value": [...one, { kubectl: "wait wd/w -n {ns} --for=jsonpath={.spec.size}=3 --timeout=5s" }],
  "wait in vain": [...one, { kubectl: "wait wd/w -n {ns} --for=condition=Ready --timeout=1s" }],
  scale: [["POST wd", widget("w", { size: 1, replicas: 1 })], { kubectl: "scale wd/w -n {ns} --replicas=3" }, ["GET wd/w"]],
  "explain a custom kind": [{ kubectl: "explain wd" }, { kubectl: "explain wd.spec.rules" }],
  "explain a built-in kind": [{ kubectl: "explain deploy" }, { kubectl: "explain cm --recursive" }, { kubectl: "explain ns" }],
  "explain in the old way": [
    { kubectl: "explain wd --output=plaintext-openapiv2" },
    { kubectl: "explain wd.spec --recursive --output=plaintext-openapiv2" },
    { kubectl: "explain wd.spec.rules --output=plaintext-openapiv2" },
    { kubectl: "explain cm.data --output=plaintext-openapiv2" },
    { kubectl: "explain wd.spec.nonsense --output=plaintext-openapiv2" },
  ],
  "explain fields of built-in kinds": [
    "service.spec.ports",
    "pod.spec.tolerations",
    "pod.spec.topologySpreadConstraints",
    "pod.spec.containers.ports",
    "node.spec.taints",
  ].map((field) => ({ kubectl: `explain ${field}` })),
  // Without what they are for, which the client library does not tell of all.
  "explain whole built-in kinds": [
    ...["pod", "node", "svc", "secret", "sa", "endpointslice", "lease", "role", "ev", "job", "deploy", "cm", "ns"],
    ...["rolebinding", "clusterrole", "clusterrolebinding", "controllerrevision", "events.events.k8s.io", "crd"],
  ].map((kind) => ({ kubectl: `explain ${kind} --recursive` })),
  "explain whole kinds in the old way": ["pod", "crd", "tokenreview"].map((kind) => ({
    kubectl: `explain ${kind} --recursive --output=plaintext-openapiv2`,
  })),
  "explain what is asked and not kept": [
    "selfsubjectreview",
    "tokenreview",
    "subjectaccessreview",
    "selfsubjectaccessreview",
    "localsubjectaccessreview",
    "selfsubjectrulesreview",
  ].flatMap((kind) => [{ kubectl: `explain ${kind}` }, { kubectl: `explain ${kind} --recursive` }]),
  "explain a schema in a definition": ["properties", "properties.allOf.not", "items", "additionalProperties"].map((field) => ({
    kubectl: `explain crd.spec.versions.schema.openAPIV3Schema.${field}`,
  })),
  "explain a field that is not there": [{ kubectl: "explain wd.spec.nonsense" }],
  "api-resources of a group": [{ kubectl: "api-resources --api-group=contract.example.com" }],
  "api-resources of a group, wide": [{ kubectl: "api-resources --api-group=coordination.k8s.io -o wide" }],
  "auth can-i": [{ kubectl: "auth can-i create cm -n {ns}" }],
  "get --watch-only ends with its request": [...two, { kubectl: "get cm -n {ns} -w --request-timeout=1s" }],
});
