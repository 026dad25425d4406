import { group } from "../case.ts";
import { configMap } from "./objects.ts";

const pod = (name: string, spec: object = {}) => ({
  metadata: { name },
  spec: {
    automountServiceAccountToken: false,
    priority: 0,
    preemptionPolicy: "PreemptLowerPriority",
    tolerations: ["not-ready", "unreachable"].map((state) => ({
      key: `node.kubernetes.io/${state}`,
      operator: "Exists",
      effect: "NoExecute",
      tolerationSeconds: 300,
    })),
    containers: [{ name: "c", image: "i:1" }],
    ...spec,
  },
});
const sa = ["POST sa", { metadata: { name: "default" } }] as const;
const cm = ["POST cm", configMap("a")] as const;

/** What a deletion may ask for, and pods, which take their time. */
export const ending = group("ending", {
  "a pod that is on no node goes at once": [sa, ["POST pod", pod("a")], ["DELETE pod/a"], ["GET pod/a"]],
  "a pod that is on no node needs no time": [
    sa,
    ["POST pod", pod("a")],
    ["DELETE pod/a", { gracePeriodSeconds: 5 }],
    ["GET pod/a"],
  ],
  "a pod on a node has time to end, which can be shortened": [
    sa,
    ["POST pod", pod("a", { nodeName: "n" })],
    ["DELETE pod/a"],
    ["GET pod/a"],
    ["DELETE pod/a"],
    ["DELETE pod/a?gracePeriodSeconds=5"],
    ["DELETE pod/a?gracePeriodSeconds=10"],
    ["DELETE pod/a", { gracePeriodSeconds: 0 }],
    ["GET pod/a"],
  ],
  "a pod on a node can be made to go at once": [
    sa,
    ["POST pod", pod("a", { nodeName: "n" })],
    ["DELETE pod/a", { gracePeriodSeconds: 0 }],
    ["GET pod/a"],
  ],
  "a pod says how much time it needs": [
    sa,
    ["POST pod", pod("a", { nodeName: "n", terminationGracePeriodSeconds: 7 })],
    ["DELETE pod/a?dryRun=All"],
    ["DELETE pod/a", { gracePeriodSeconds: 3 }],
    ["PATCH pod/a", { metadata: { labels: { a: "b" } } }, "merge"],
    ["GET pod/a"],
  ],
  "a pod that has ended goes at once": [
    sa,
    ["POST pod", pod("a", { nodeName: "n" })],
    ["PATCH pod/a/status", { status: { phase: "Succeeded" } }, "merge"],
    ["DELETE pod/a"],
    ["GET pod/a"],
  ],
  "a pod is held by its finalizers when its time is up": [
    sa,
    ["POST pod", { ...pod("a", { nodeName: "n" }), metadata: { name: "a", finalizers: ["example.com/x"] } }],
    ["DELETE pod/a"],
    ["DELETE pod/a", { gracePeriodSeconds: 0 }],
    ["GET pod/a"],
    ["PATCH pod/a", { metadata: { finalizers: null } }, "merge"],
    ["GET pod/a"],
  ],
  "a pod without finalizers is held by its time": [
    sa,
    ["POST pod", { ...pod("a", { nodeName: "n" }), metadata: { name: "a", finalizers: ["example.com/x"] } }],
    ["DELETE pod/a"],
    ["PATCH pod/a", { metadata: { finalizers: null } }, "merge"],
    ["GET pod/a"],
  ],
  "pods are deleted as a collection": [
    sa,
    ["POST pod", pod("a", { nodeName: "n" })],
    ["POST pod", pod("b")],
    ["DELETE pod"],
    ["GET pod"],
  ],
  "a time to end that is negative": [cm, ["DELETE cm/a", { gracePeriodSeconds: -1 }], ["GET cm/a"]],
  "a time to end that is no number": [cm, ["DELETE cm/a?gracePeriodSeconds=x"]],
  "config maps have no time to end": [cm, ["DELETE cm/a?gracePeriodSeconds=5"]],
  "a time to end is no matter of finalizers": [
    ["POST cm", configMap("a", {}, { finalizers: ["example.com/x"] })],
    ["DELETE cm/a", { gracePeriodSeconds: 5 }],
  ],
  "dependents can be orphaned in the old way": [cm, ["DELETE cm/a", { orphanDependents: true }]],
  "dependents need not be orphaned in the old way": [
    ["POST cm", configMap("a", {}, { finalizers: ["orphan"] })],
    ["DELETE cm/a", { orphanDependents: false }],
  ],
  "dependents cannot be orphaned in the old way and the new": [
    cm,
    ["DELETE cm/a", { orphanDependents: true, propagationPolicy: "Background" }],
  ],
  "dependents can be orphaned in the old way by a parameter": [cm, ["DELETE cm/a?orphanDependents=true"]],
  "options that are no JSON": [cm, ["DELETE cm/a", "{"]],
  "options that are a list": [cm, ["DELETE cm/a", "[]"]],
  "options of another kind": [
    cm,
    ["DELETE cm/a", { kind: "Nope", apiVersion: "v1" }],
    ["DELETE cm/a", { kind: "DeleteOptions", apiVersion: "v9" }],
    ["DELETE cm/a", { kind: "ConfigMap", apiVersion: "v1" }],
  ],
  "options of any version": [
    cm,
    ["DELETE cm/a?dryRun=All", { kind: "DeleteOptions", apiVersion: "v1" }],
    ["DELETE cm/a", { kind: "DeleteOptions", apiVersion: "apps/v1", dryRun: ["All"] }],
    ["DELETE cm/a", { kind: "DeleteOptions", apiVersion: "meta.k8s.io/v1", dryRun: ["All"] }],
  ],
  "options of the wrong type": [
    cm,
    ["DELETE cm/a", { gracePeriodSeconds: "x" }],
    ["DELETE cm/a", { dryRun: "All" }],
    ["DELETE cm/a", { propagationPolicy: 5 }],
    ["DELETE cm/a", { preconditions: 5 }],
    ["DELETE cm/a", { dryRun: ["Nope"] }],
    ["DELETE cm/a?dryRun=Nope"],
    ["DELETE cm/a?propagationPolicy=x"],
    ["DELETE cm/a", { nope: 1, dryRun: ["All"] }],
  ],
  "options in an unknown format": [cm, ["DELETE cm/a", "x", "text/plain"]],
  "options in YAML": [cm, ["DELETE cm/a", "propagationPolicy: Orphan\n", "yaml"]],
  "options for objects that cannot be read": [cm, ["DELETE cm/a", { ignoreStoreReadErrorWithClusterBreakingPotential: true }]],
  "options for a custom object": [
    ["POST plain", { apiVersion: "contract.example.com/v1", kind: "Plain", metadata: { name: "a" } }],
    ["DELETE plain/a", { kind: "Nope", apiVersion: "v1" }],
    ["DELETE plain/a", { kind: "DeleteOptions", apiVersion: "contract.example.com/v1" }],
  ],
  "a collection is answered as it was": [
    ["POST cm", configMap("a", {}, { finalizers: ["example.com/x"] })],
    ["DELETE cm"],
    ["GET cm"],
  ],
  "options for a collection": [
    cm,
    ["DELETE cm", { propagationPolicy: "Sideways" }],
    ["DELETE cm", "{"],
    ["DELETE cm", { gracePeriodSeconds: -1 }],
    ["DELETE cm?dryRun=All"],
    ["GET cm"],
  ],
});
