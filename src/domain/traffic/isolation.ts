import type { AccessPoint } from "../../api/accesspoint.ts";
import { canonical } from "../names/values.ts";
import { compare } from "../selection.ts";

/** An address that an AccessPoint shares with one of another isolation group. */
export interface SharedVip {
  readonly vip: string;
  /** `<namespace>/<name>` of the other AccessPoint. */
  readonly with: string;
  /** Its isolation group; undefined: it names none. */
  readonly group?: string;
}

interface Claim {
  readonly group: string | undefined;
  readonly vips: ReadonlySet<string>;
}

/**
 * Who has which address, over all AccessPoints and clusters of the hub. An address may be shared inside one isolation group, and
 * among those that name none; not between them.
 */
export class VipIndex {
  /** By `<namespace>/<name>` of the AccessPoint. */
  readonly #claims = new Map<string, Claim>();
  readonly #holders = new Map<string, Set<string>>();

  /**
   * Takes over what an AccessPoint's specification and status say now; undefined when it is gone.
   *
   * @returns AccessPoints for which that makes a difference, itself among them.
   */
  update(key: string, accessPoint: Pick<AccessPoint, "spec" | "status"> | undefined): ReadonlySet<string> {
    const before = this.#claims.get(key);
    const after = accessPoint && claimOf(accessPoint);
    if (before && after && before.group === after.group && sameSet(before.vips, after.vips)) return new Set();
    const affected = new Set<string>();
    const touch = () => {
      const shared = this.sharedBy(key);
      for (const { with: other } of shared) affected.add(other);
      if (shared.length > 0) affected.add(key);
    };
    touch();
    for (const vip of before?.vips ?? []) {
      const holders = this.#holders.get(vip);
      holders?.delete(key);
      if (holders?.size === 0) this.#holders.delete(vip);
    }
    if (after && after.vips.size > 0) this.#claims.set(key, after);
    else this.#claims.delete(key);
    for (const vip of after?.vips ?? []) this.#holders.set(vip, (this.#holders.get(vip) ?? new Set()).add(key));
    touch();
    return affected;
  }

  /** Addresses that an AccessPoint shares with one of another isolation group, by address. */
  sharedBy(key: string): readonly SharedVip[] {
    const claim = this.#claims.get(key);
    return [...(claim?.vips ?? [])].sort(compare).flatMap((vip) => {
      const others = [...(this.#holders.get(vip) ?? [])].filter((other) => other !== key).sort(compare);
      return others.flatMap((other) => {
        const group = this.#claims.get(other)?.group;
        return group === claim?.group ? [] : [{ vip, with: other, ...(group ? { group } : {}) }];
      });
    });
  }
}

const claimOf = ({ spec, status }: Pick<AccessPoint, "spec" | "status">): Claim => ({
  group: spec.traffic?.vip?.isolationGroup,
  // One address has many spellings; what is none is compared as it is.
  vips: new Set(
    (status?.clusters ?? []).flatMap(({ gateways = [] }) =>
      gateways.flatMap(({ vips }) => vips.map((vip) => canonical(vip) ?? vip)),
    ),
  ),
});

const sameSet = (a: ReadonlySet<string>, b: ReadonlySet<string>): boolean =>
  a.size === b.size && [...a].every((each) => b.has(each));

/** In a sentence, for a condition. */
export function describeShared(shared: readonly SharedVip[], own: string | undefined): string {
  const [first] = shared;
  if (!first) return "";
  const of = (group: string | undefined) => (group ? `isolation group ${group}` : "no isolation group");
  const more = shared.length > 1 ? `; and ${shared.length - 1} more` : "";
  return `VIP ${first.vip} is also that of AccessPoint ${first.with} (${of(first.group)}), while this one has ${of(own)}: give one of them another pool or Service${more}`;
}
