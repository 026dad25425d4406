import type { AccessPoint } from "../api/accesspoint.ts";
import { NAME_SERVICES } from "../api/kinds.ts";
import type { NameService } from "../api/nameservice.ts";
import { judgeAnswer } from "../domain/names/answer.ts";
import type { Claim } from "../domain/names/claims.ts";
import { type Decision, decide, type Publication } from "../domain/names/decide.ts";
import { dnsEndpoint } from "../domain/names/endpoint.ts";
import { describeChanges } from "../domain/names/notes.ts";
import type { Outcome } from "../domain/names/outcome.ts";
import { report } from "../domain/names/report.ts";
import type { FqdnRight } from "../domain/names/rights.ts";
import type { Member } from "../domain/selection.ts";
import type { DnsEndpoints } from "../integrations/external-dns.ts";
import type { NameResolver } from "../integrations/resolver.ts";
import type { KubeClient } from "../kube/client.ts";
import type { Clock } from "../kube/clock.ts";
import type { EventRecorder } from "../kube/events.ts";
import type { Requeue } from "../kube/queue.ts";
import type { Reflector } from "../kube/reflector.ts";
import { replaceStatus } from "./patch.ts";

export interface NameServiceContext {
  /** The hub. */
  readonly client: KubeClient;
  readonly nameServices: Reflector<NameService>;
  /** By `<namespace>/<name>`. */
  readonly accessPoint: (key: string) => AccessPoint | undefined;
  readonly member: (name: string) => Member | undefined;
  readonly members: () => readonly Member[];
  /** Others that name the same FQDN. */
  readonly rivals: (key: string) => readonly Claim[];
  /** Which namespaces may claim which names; absent: all may claim all. */
  readonly rights?: readonly FqdnRight[] | undefined;
  readonly endpoints: DnsEndpoints;
  /** Absent: nobody looks what is answered. */
  readonly resolver?: NameResolver | undefined;
  readonly events: Pick<EventRecorder, "record">;
  readonly clock: Clock;
}

/** What was refused is tried again, and a name that is not ours looked at again, so often. Milliseconds. */
const AGAIN_MS = 60_000;

/** One pass over one NameService: observe → decide → hand over → report. */
export async function reconcileNameService(
  key: string,
  context: NameServiceContext,
  signal: AbortSignal,
): Promise<Requeue | undefined> {
  const { nameServices, accessPoint, member, members, rivals, rights, endpoints, resolver, events, client, clock } = context;
  const nameService = nameServices.get(key)?.object;
  if (!nameService || nameService.metadata.deletionTimestamp) {
    endpoints.forget(key);
    resolver?.forget(key);
    return undefined;
  }
  const { obstacle } = endpoints;
  // What is there is not known yet; it will be told.
  if (obstacle?.state === "Loading") return undefined;
  const { namespace } = nameService.metadata;
  const decision = decide({
    nameService,
    accessPoint: (name) => accessPoint(`${namespace}/${name}`),
    member,
    members,
    rivals: rivals(key),
    rights,
  });
  const outcome = obstacle ?? (await handOver(nameService, decision, key, endpoints, signal));
  const asked = await ask(decision, outcome, key, resolver, signal);
  const status = report(nameService, decision, outcome, asked?.answer, new Date(clock.now()));
  const soon = await replaceStatus(client, nameServices, NAME_SERVICES, nameService, status, signal);
  if (soon) return soon;
  for (const { type, reason, message } of describeChanges(nameService.status, status))
    events.record({ regarding: nameService, type, reason, note: message });
  if (asked) return { requeueAfterMs: asked.againMs };
  return outcome.state === "EndpointNotOurs" || outcome.state === "EndpointRefused" ? { requeueAfterMs: AGAIN_MS } : undefined;
}

async function handOver(
  nameService: NameService,
  decision: Decision,
  key: string,
  endpoints: DnsEndpoints,
  signal: AbortSignal,
): Promise<Outcome> {
  const { uid = "" } = nameService.metadata;
  switch (decision.action) {
    case "Refuse":
      return endpoints.standing(key, uid);
    case "Withdraw":
    case "Forbid":
      await endpoints.remove(key, uid, signal);
      return { state: "Nothing" };
    case "Publish":
      // Nothing was ever known, or status was lost: whatever stands was known once.
      if (decision.records.length === 0) return endpoints.standing(key, uid);
      return endpoints.put(dnsEndpoint(nameService, decision.spec.fqdn, decision.records), signal);
  }
}

/** What the resolver answers, once external-dns had its turn. Names below a wildcard cannot be asked for. */
async function ask(decision: Decision, outcome: Outcome, key: string, resolver: NameResolver | undefined, signal: AbortSignal) {
  const isRead = outcome.state === "Stands" && outcome.read;
  if (!resolver || !isRead || decision.action !== "Publish") return undefined;
  const { records, spec }: Publication = decision;
  if (records.length === 0 || spec.fqdn.startsWith("*.")) return undefined;
  const types = [...new Set(records.map(({ type }) => type))];
  const answer = await resolver.ask(key, spec.fqdn, types, spec.ttlSeconds, signal);
  return { answer: judgeAnswer(records, resolver.server, answer), againMs: resolver.intervalMs(spec.ttlSeconds) };
}
