import { choice, int64, list, listMap, mergedBy, pointer, resourceList, retainKeys, setOf, struct, text, time } from "../shapes.ts";
import { containerStatus, resourceRequirements } from "./container.ts";

const condition = struct(
  "PodCondition",
  {
    type: text,
    observedGeneration: int64,
    status: text,
    lastProbeTime: time,
    lastTransitionTime: time,
    reason: text,
    message: text,
  },
  ["type", "status"],
);

const claimStatus = struct("PodResourceClaimStatus", { name: text, resourceClaimName: pointer(text) }, ["name"]);

const requestFields = ["containerName", "resourceName", "requestName"];
const request = struct(
  "ContainerExtendedResourceRequest",
  Object.fromEntries(requestFields.map((name) => [name, text])),
  requestFields,
);

const extendedClaimStatus = struct("PodExtendedResourceClaimStatus", { requestMappings: list(request), resourceClaimName: text }, [
  "requestMappings",
  "resourceClaimName",
]);

const allocatableClaimStatus = struct(
  "NodeAllocatableResourceClaimStatus",
  { resourceClaimName: text, containers: setOf(text), resources: resourceList },
  ["resourceClaimName", "resources"],
);

const address = (name: string) => struct(name, { ip: text }, ["ip"]);

export const podStatus = struct("PodStatus", {
  observedGeneration: int64,
  phase: choice("Failed", "Pending", "Running", "Succeeded", "Unknown"),
  conditions: listMap(["type"], condition),
  message: text,
  reason: text,
  nominatedNodeName: text,
  hostIP: text,
  hostIPs: mergedBy("ip", list(address("HostIP"))),
  podIP: text,
  podIPs: listMap(["ip"], address("PodIP")),
  startTime: pointer(time),
  initContainerStatuses: list(containerStatus),
  containerStatuses: list(containerStatus),
  qosClass: choice("BestEffort", "Burstable", "Guaranteed"),
  ephemeralContainerStatuses: list(containerStatus),
  resize: text,
  resourceClaimStatuses: retainKeys(listMap(["name"], claimStatus)),
  extendedResourceClaimStatus: pointer(extendedClaimStatus),
  allocatedResources: resourceList,
  resources: pointer(resourceRequirements),
  nodeAllocatableResourceClaimStatuses: list(allocatableClaimStatus),
});
