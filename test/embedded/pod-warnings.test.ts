import { expect, test } from "vitest";
import { podWarnings } from "../../src/embedded/schema/builtin/pod/warnings/index.ts";

const warned = (spec: object, annotations = {}): string[] =>
  podWarnings({ metadata: { annotations }, spec: { containers: [], restartPolicy: "Always", dnsPolicy: "Default", ...spec } }, "t");

// What a contract case cannot show without showing something else, too.
test.each<[sentence: string, spec: object, warnings: readonly string[]]>([
  ["a secret without a name", { imagePullSecrets: [{}] }, ['t.spec.imagePullSecrets[0].name: invalid empty name ""']],
  [
    "a projected volume of nothing",
    { volumes: [{ name: "v", projected: { sources: [{}] } }] },
    ['volume "v" (Projected) has no sources provided'],
  ],
  [
    "trusted certificates beside a file",
    {
      volumes: [
        {
          name: "v",
          projected: {
            sources: [
              { configMap: { name: "m", items: [{ path: "a" }] } },
              { clusterTrustBundle: { signerName: "s", path: "a/" } },
            ],
          },
        },
      ],
    },
    ['volume "v" (Projected): overlapping paths: "a" (ClusterTrustBundle "s") with "a" (ConfigMap "m")'],
  ],
  [
    "certificates of a pod in one place",
    { volumes: [{ name: "v", projected: { sources: [{ podCertificate: { keyPath: "k", credentialBundlePath: "k/b" } }] } }] },
    ['volume "v" (Projected): overlapping paths: "k/b" (PodCertificate credential bundle) with "k" (PodCertificate key)'],
  ],
  [
    "overhead of a part of a byte",
    { overhead: { memory: "1m" } },
    ['t.spec.overhead[memory]: fractional byte value "1m" is invalid, must be an integer'],
  ],
])("%s is warned of", (_, spec, warnings) => {
  expect(warned(spec)).toEqual(warnings);
});

const appArmor = "container.apparmor.security.beta.kubernetes.io/c";
const old = [`t.metadata.annotations[${appArmor}]: deprecated since v1.30; use the "appArmorProfile" field instead`];

test.each<[sentence: string, annotation: string, pod: object, container: object, warnings: readonly string[]]>([
  ["an old annotation", "unconfined", {}, {}, old],
  ["an old annotation of what its container says", "unconfined", {}, { securityContext: { appArmorProfile: { type: "x" } } }, []],
  ["an old annotation of what its pod says", "localhost/x", profile("Localhost", "x"), {}, []],
  ["an old annotation of another profile", "runtime/default", profile("Unconfined"), {}, old],
])("%s", (_, annotation, pod, container, warnings) => {
  expect(warned({ containers: [{ name: "c", ...container }], ...pod }, { [appArmor]: annotation })).toEqual(warnings);
});

function profile(type: string, localhostProfile?: string): object {
  return { securityContext: { appArmorProfile: { type, localhostProfile } } };
}
