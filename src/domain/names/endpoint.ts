import { API_VERSION, FIELD_MANAGER, MANAGED_BY_LABEL, UID_LABEL } from "../../api/kinds.ts";
import type { NameService, RecordStatus } from "../../api/nameservice.ts";
import type { KubeObject } from "../../api/resource.ts";
import { canonicalName } from "./values.ts";

/** The DNSEndpoint of a NameService, which goes when the NameService goes: same name, same namespace. */
export function dnsEndpoint({ metadata }: NameService, fqdn: string, records: readonly RecordStatus[]): KubeObject {
  const { name, namespace = "", uid = "" } = metadata;
  return {
    apiVersion: "externaldns.k8s.io/v1alpha1",
    kind: "DNSEndpoint",
    metadata: {
      name,
      namespace,
      labels: { [MANAGED_BY_LABEL]: FIELD_MANAGER, [UID_LABEL]: uid },
      ownerReferences: [{ apiVersion: API_VERSION, kind: "NameService", name, uid, controller: true }],
    },
    spec: { endpoints: records.map((record) => endpointOf(canonicalName(fqdn), record)) },
  };
}

function endpointOf(dnsName: string, { type, values, ttl, setIdentifier, weight, properties = [] }: RecordStatus): object {
  const providerSpecific = [...(weight === undefined ? [] : [{ name: "aws/weight", value: String(weight) }]), ...properties];
  return {
    dnsName,
    recordType: type,
    recordTTL: ttl,
    targets: values,
    ...(setIdentifier === undefined ? {} : { setIdentifier }),
    ...(providerSpecific.length > 0 ? { providerSpecific } : {}),
  };
}
