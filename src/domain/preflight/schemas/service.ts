import { z } from "zod";

/** What is left out, or is null, the API server fills in. */
const text = z.string().nullish();
const texts = z.array(z.string()).nullish();
const flag = z.boolean().nullish();
const MAX_PORT = 65_535;

/** 0 and "" stand for the port itself. */
const isTargetPort = (value: unknown): boolean =>
  typeof value === "string" ? value.length <= 15 : Number.isInteger(value) && Number(value) >= 0 && Number(value) <= MAX_PORT;

const port = z.looseObject({
  name: z
    .string()
    .max(63)
    .regex(/^([a-z0-9]([-a-z0-9]*[a-z0-9])?)?$/, "must be lower case letters, digits and -")
    .nullish(),
  protocol: z.enum(["TCP", "UDP", "SCTP"]).nullish(),
  appProtocol: text,
  port: z.int().min(1).max(MAX_PORT),
  targetPort: z
    .unknown()
    .refine(isTargetPort, `must be a port from 1 to ${MAX_PORT}, or the name of one, of at most 15 characters`)
    .nullish(),
  nodePort: z.int().min(0).max(MAX_PORT).nullish(),
});

/** Types and bounds of a v1 Service; how its fields depend on each other is the API server's to judge. */
export const service = z.looseObject({
  spec: z
    .looseObject({
      type: z.enum(["ClusterIP", "NodePort", "LoadBalancer", "ExternalName"]).nullish(),
      ports: z.array(port).nullish(),
      selector: z.record(z.string(), z.string()).nullish(),
      clusterIP: text,
      clusterIPs: texts,
      externalIPs: texts,
      externalName: text,
      externalTrafficPolicy: z.enum(["Cluster", "Local"]).nullish(),
      internalTrafficPolicy: z.enum(["Cluster", "Local"]).nullish(),
      trafficDistribution: text,
      sessionAffinity: z.enum(["None", "ClientIP"]).nullish(),
      sessionAffinityConfig: z
        .looseObject({ clientIP: z.looseObject({ timeoutSeconds: z.int().min(1).max(86_400).nullish() }).nullish() })
        .nullish(),
      loadBalancerIP: text,
      loadBalancerClass: text,
      loadBalancerSourceRanges: texts,
      allocateLoadBalancerNodePorts: flag,
      healthCheckNodePort: z.int().min(0).max(MAX_PORT).nullish(),
      publishNotReadyAddresses: flag,
      ipFamilies: texts,
      ipFamilyPolicy: text,
    })
    .nullish(),
});
