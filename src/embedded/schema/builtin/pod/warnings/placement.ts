import { at, child } from "../../../errors.ts";
import { isLabelValue } from "../../../names.ts";

interface NodeTerm {
  readonly matchExpressions?: readonly { readonly key: string; readonly values?: readonly string[] }[];
}

interface PodTerm {
  readonly labelSelector?: object;
}

interface PodAffinity {
  readonly requiredDuringSchedulingIgnoredDuringExecution?: readonly PodTerm[];
  readonly preferredDuringSchedulingIgnoredDuringExecution?: readonly { readonly podAffinityTerm: PodTerm }[];
}

export interface Placement {
  readonly nodeSelector?: Readonly<Record<string, string>>;
  readonly affinity?: {
    readonly nodeAffinity?: {
      readonly requiredDuringSchedulingIgnoredDuringExecution?: { readonly nodeSelectorTerms: readonly NodeTerm[] | null };
      readonly preferredDuringSchedulingIgnoredDuringExecution?: readonly { readonly preference: NodeTerm }[];
    };
    readonly podAffinity?: PodAffinity;
    readonly podAntiAffinity?: PodAffinity;
  };
  readonly topologySpreadConstraints?: readonly { readonly topologyKey: string; readonly labelSelector?: object }[];
}

const deprecated: Readonly<Record<string, string>> = {
  "beta.kubernetes.io/arch": 'deprecated since v1.14; use "kubernetes.io/arch" instead',
  "beta.kubernetes.io/os": 'deprecated since v1.14; use "kubernetes.io/os" instead',
  "failure-domain.beta.kubernetes.io/region": 'deprecated since v1.17; use "topology.kubernetes.io/region" instead',
  "failure-domain.beta.kubernetes.io/zone": 'deprecated since v1.17; use "topology.kubernetes.io/zone" instead',
  "beta.kubernetes.io/instance-type": 'deprecated since v1.17; use "node.kubernetes.io/instance-type" instead',
  "app.kubernetes.io/created-by": "deprecated since v1.9",
  "scheduler.alpha.kubernetes.io/preferAvoidPods": "deprecated since v1.22; use Taints and Tolerations instead",
  "node-role.kubernetes.io/master": 'use "node-role.kubernetes.io/control-plane" instead',
};

const required = "requiredDuringSchedulingIgnoredDuringExecution";
const preferred = "preferredDuringSchedulingIgnoredDuringExecution";

/** About labels of nodes that have another name today, and selectors that select nothing. */
export function nodeWarnings({ nodeSelector = {}, affinity, topologySpreadConstraints = [] }: Placement, path: string): string[] {
  const { nodeAffinity } = affinity ?? {};
  const where = child(path, "affinity.nodeAffinity");
  const terms = nodeAffinity?.[required]?.nodeSelectorTerms ?? [];
  return [
    ...Object.keys(nodeSelector)
      .filter((key) => Object.hasOwn(deprecated, key))
      .map((key) => `${at(child(path, "nodeSelector"), key)}: ${deprecated[key]}`),
    ...terms.flatMap((term, i) => termWarnings(term, at(child(where, `${required}.nodeSelectorTerms`), i), false)),
    ...(nodeAffinity?.[preferred] ?? []).flatMap(({ preference }, i) =>
      termWarnings(preference, child(at(child(where, preferred), i), "preference"), true),
    ),
    ...topologySpreadConstraints.flatMap(({ topologyKey, labelSelector }, i) => {
      const constraint = at(child(path, "topologySpreadConstraints"), i);
      return [...labelWarnings(topologyKey, child(constraint, "topologyKey")), ...nothing(labelSelector, constraint)];
    }),
  ];
}

const termWarnings = ({ matchExpressions = [] }: NodeTerm, path: string, withValues: boolean): string[] =>
  matchExpressions.flatMap(({ key, values = [] }, i) => {
    const expression = at(child(path, "matchExpressions"), i);
    const wrong = values.flatMap((value, j) =>
      isLabelValue(value).map((problem) => `${at(child(expression, "values"), j)}: ${value} is invalid, ${problem}`),
    );
    return [...labelWarnings(key, child(expression, "key")), ...(withValues ? wrong : [])];
  });

const labelWarnings = (key: string, path: string): string[] =>
  Object.hasOwn(deprecated, key) ? [`${path}: ${key} is ${deprecated[key]}`] : [];

/** About selectors of other pods that select nothing. */
export const podAffinityWarnings = ({ affinity }: Placement, path: string): string[] =>
  (["podAffinity", "podAntiAffinity"] as const).flatMap((name) => {
    const { [required]: terms = [], [preferred]: weighted = [] } = affinity?.[name] ?? {};
    const where = child(path, `affinity.${name}`);
    return [
      ...terms.flatMap(({ labelSelector }, i) => nothing(labelSelector, at(child(where, required), i))),
      ...weighted.flatMap(({ podAffinityTerm }, i) =>
        nothing(podAffinityTerm.labelSelector, child(at(child(where, preferred), i), "podAffinityTerm")),
      ),
    ];
  });

const nothing = (selector: object | undefined, path: string): string[] =>
  selector ? [] : [`${child(path, "labelSelector")}: a null labelSelector results in matching no pod`];
