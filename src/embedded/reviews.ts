import type { User } from "./authentication.ts";
import { decodeObject } from "./http/body.ts";
import { decodeEnvelope, protobufType } from "./http/protobuf.ts";
import { type Kernel, timestamp } from "./kernel.ts";

interface AccessSpec {
  readonly resourceAttributes?: object;
  readonly nonResourceAttributes?: object;
}

/** Answers who is asking and what they may do. Whoever is authenticated may do everything: there is no RBAC here. */
export function review(kernel: Kernel, kind: string, user: User, body: Buffer, contentType: string): unknown {
  const sent = contentType === protobufType ? decodeEnvelope(body, kind) : decodeObject(body, contentType, kind);
  const { metadata, spec } = sent as { metadata?: object; spec?: AccessSpec & { token?: string } };
  const withMetadata = { ...metadata, creationTimestamp: timestamp(kernel.now()) };
  switch (kind) {
    case "SelfSubjectReview":
      return {
        kind,
        apiVersion: "authentication.k8s.io/v1",
        metadata: withMetadata,
        status: {
          userInfo: {
            username: user.name,
            groups: user.groups,
            ...(user.credentialId && { extra: { "authentication.kubernetes.io/credential-id": [user.credentialId] } }),
          },
        },
      };
    case "TokenReview":
      return {
        kind,
        apiVersion: "authentication.k8s.io/v1",
        metadata: withMetadata,
        spec,
        status: { authenticated: false, user: {} },
      };
    case "SelfSubjectRulesReview":
      return {
        kind,
        apiVersion: "authorization.k8s.io/v1",
        metadata: withMetadata,
        spec: spec ?? {},
        status: {
          resourceRules: [{ verbs: ["*"], apiGroups: ["*"], resources: ["*"] }],
          nonResourceRules: [{ verbs: ["*"], nonResourceURLs: ["*"] }],
          incomplete: false,
        },
      };
    default:
      return {
        kind,
        apiVersion: "authorization.k8s.io/v1",
        metadata: withMetadata,
        spec,
        status: { allowed: true, reason: "no RBAC" },
      };
  }
}
