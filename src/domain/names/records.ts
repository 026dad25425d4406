import type { NameServiceSpec, RecordStatus } from "../../api/nameservice.ts";
import type { Finding } from "../finding.ts";
import { localityGroups } from "./locality.ts";
import type { Candidate, RecordGroup } from "./model.ts";
import { ratioGroups } from "./ratio.ts";
import { recordType } from "./values.ts";

export interface Records {
  readonly records: readonly RecordStatus[];
  readonly findings: readonly Finding[];
  /** Why the policy became a plain round robin; absent when it did not. */
  readonly unsupported?: string;
}

/** The record sets that the policy makes of what is to be answered. */
export function recordsOf(spec: NameServiceSpec, candidates: readonly Candidate[]): Records {
  const addressed = groupsOf(spec, candidates).groups.some(({ values }) => values.some((value) => !isName(value)));
  // What cannot be answered has no share in what is.
  const [unfit = [], fit = []] = [true, false].map((alone) =>
    candidates.filter(({ values }) => (addressed && values.every(isName)) === alone),
  );
  const { groups, findings, unsupported } = groupsOf(spec, fit);
  const typed = typedGroups(
    groups,
    addressed,
    unfit.flatMap(({ values }) => values),
  );
  return {
    records: typed.records.map((record) => ({ ...record, ttl: spec.ttlSeconds })),
    findings: [...findings, ...typed.findings],
    ...(unsupported ? { unsupported } : {}),
  };
}

interface Grouped {
  readonly groups: readonly RecordGroup[];
  readonly findings: readonly Finding[];
  readonly unsupported?: string;
}

function groupsOf({ policy, provider: { aws } }: NameServiceSpec, candidates: readonly Candidate[]): Grouped {
  const roundRobin = [{ values: candidates.flatMap(({ values }) => values) }];
  const plain = (unsupported: string): Grouped => ({ groups: roundRobin, findings: [], unsupported });
  switch (policy) {
    case "RoundRobin":
      return { groups: roundRobin, findings: [] };
    case "Ratio": {
      if (aws) return { groups: ratioGroups(candidates, aws), findings: [] };
      const wanted = candidates.filter(({ ratio }) => ratio > 0);
      const { groups, unsupported } = plain("policy Ratio needs spec.provider.aws; all addresses are in one round robin");
      return {
        groups: wanted.length > 0 ? [{ values: wanted.flatMap(({ values }) => values) }] : groups,
        findings: [],
        unsupported: unsupported!,
      };
    }
    case "Locality": {
      if (!aws) return plain("policy Locality needs spec.provider.aws; all addresses are in one round robin");
      const { groups, unlocated } = localityGroups(candidates, aws);
      if (groups.length === 0)
        return plain(`no location of spec.provider.aws names ${places(unlocated)}; all addresses are in one round robin`);
      if (unlocated.length === 0) return { groups, findings: [] };
      const message = `no location names ${places(unlocated)}, so that what is there is not answered`;
      return { groups, findings: [{ reason: "LocationUnknown", field: "spec.provider.aws.locations", message }] };
    }
  }
}

const isName = (value: string): boolean => recordType(value) === "CNAME";

const places = (candidates: readonly Candidate[]): string =>
  [
    ...new Set(
      candidates.map(({ zone, region, name }) =>
        zone ? `zone ${zone}${region ? ` in region ${region}` : ""}` : `a zone of ${name}`,
      ),
    ),
  ].join(", ");

/**
 * A name that has addresses has no CNAME, and a record set has one CNAME at most (RFC 1034): addresses come before host names, the
 * first host name before the others.
 */
function typedGroups(
  groups: readonly RecordGroup[],
  addressed: boolean,
  unfit: readonly string[],
): {
  readonly records: readonly Omit<RecordStatus, "ttl">[];
  readonly findings: readonly Finding[];
} {
  const refused: string[] = [...unfit];
  const records = groups.flatMap(({ values, ...group }) => {
    const distinct = [...new Set(values)].sort();
    const names = [...new Set(values)].filter(isName);
    refused.push(...(addressed ? names : names.slice(1)));
    const types = addressed
      ? { A: distinct.filter((value) => recordType(value) === "A"), AAAA: distinct.filter((value) => recordType(value) === "AAAA") }
      : { CNAME: names.slice(0, 1) };
    return Object.entries(types)
      .filter(([, values]) => values.length > 0)
      .map(([type, values]) => ({ type: type as RecordStatus["type"], values, ...group }));
  });
  const message = addressed
    ? `${refused.join(", ")} would need a CNAME, which a name that has addresses cannot have`
    : `${refused.join(", ")} would need a second CNAME, which a name cannot have`;
  return { records, findings: refused.length > 0 ? [{ reason: "HostnameNotAllowed", field: "spec.targets", message }] : [] };
}
