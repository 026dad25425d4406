import { group } from "../case.ts";
import { widget } from "./custom.ts";
import { configMap } from "./objects.ts";

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
  "create configmap": [{ kubectl: "create cm a -n {ns} --from-literal=k=v" }, ["GET cm/a"]],
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
  "explain a field that is not there": [{ kubectl: "explain wd.spec.nonsense" }],
  "api-resources of a group": [{ kubectl: "api-resources --api-group=contract.example.com" }],
  "api-resources of a group, wide": [{ kubectl: "api-resources --api-group=coordination.k8s.io -o wide" }],
  "auth can-i": [{ kubectl: "auth can-i create cm -n {ns}" }],
  "get --watch-only ends with its request": [...two, { kubectl: "get cm -n {ns} -w --request-timeout=1s" }],
});
