import type { KubeObject } from "../kube/resource.ts";
import { anonymous, type User, unauthenticated } from "./authentication.ts";
import { mayDoEverything } from "./authorization.ts";
import type { Call, Reply } from "./call.ts";
import { trackUpdate } from "./fields/update.ts";
import { type Kernel, timestamp } from "./kernel.ts";
import { served } from "./kinds/builtin.ts";
import type { ServedKind } from "./registry.ts";
import type { Target } from "./request.ts";
import { type AccessSpec, reviewKinds } from "./schema/builtin/review.ts";
import { badRequest, invalid } from "./status.ts";
import { checkNamespace, schemasOf } from "./verbs/create.ts";
import { decode } from "./verbs/decode.ts";
import { writeOptions } from "./verbs/options.ts";
import { present } from "./views.ts";

/** Kinds that are asked and answered, never kept. */
export const reviews: readonly ServedKind[] = reviewKinds.map((kind) => ({ ...served(kind), verbs: ["create"] }));

export const reviewOf = ({ group, version, plural }: Target): ServedKind | undefined =>
  reviews.find(({ resource }) => resource.group === group && resource.version === version && resource.plural === plural);

/**
 * Answers who is asking and what they may do.
 * @throws ApiError
 */
export function review(call: Call): Reply {
  const { kernel, kind, target } = call;
  const { fieldValidation, manager } = writeOptions(call, "CreateOptions");
  const sent = decode(call, fieldValidation);
  if (kind.resource.namespaced) checkNamespace(call, sent.metadata.namespace);
  const { namespace: _, ...metadata } = sent.metadata;
  const asked = { ...sent, metadata: { ...metadata, ...(kind.resource.namespaced && { namespace: target.namespace }) } };
  const errors = kind.rules.validate(asked, undefined, "").filter(({ field }) => !field.startsWith("metadata"));
  if (errors.length > 0) throw invalid({ group: kind.resource.group, kind: "" }, "", errors);
  const { status, instead } = answers[kind.resource.kind]!(call, asked);
  const { apiVersion, kind: name } = asked;
  const kept = instead
    ? ({ apiVersion, kind: name, ...instead } as KubeObject)
    : trackUpdate({ next: asked, manager, ...schemasOf(kind), now: timestamp(kernel.now()) });
  return present(call, 201, { object: { ...kept, status } });
}

interface Answer {
  readonly status: object;
  /** What is sent back of the question, unless it is all of it. */
  readonly instead?: { readonly metadata: object; readonly spec?: object };
}

const answers: Readonly<Record<string, (call: Call, asked: KubeObject) => Answer>> = {
  SelfSubjectReview: ({ kernel, user }) => ({
    instead: { metadata: { creationTimestamp: timestamp(kernel.now()) } },
    status: { userInfo: userInfo(user) },
  }),
  TokenReview: ({ kernel }, asked) => ({ status: tokenStatus(kernel, asked["spec"] as { readonly token?: string }) }),
  SelfSubjectAccessReview: ({ user }) => ({ status: { allowed: mayDoEverything(user) } }),
  SubjectAccessReview: (_, asked) => ({ status: { allowed: isSomebody(asked["spec"] as AccessSpec) } }),
  LocalSubjectAccessReview: (_, asked) => ({ status: { allowed: isSomebody(asked["spec"] as AccessSpec) } }),
  SelfSubjectRulesReview: (_, asked) => {
    if (!(asked["spec"] as { readonly namespace?: string }).namespace) throw badRequest("no namespace on request");
    const resourceRules = [{ verbs: ["*"], apiGroups: ["*"], resources: ["*"] }];
    const nonResourceRules = [{ verbs: ["*"], nonResourceURLs: ["*"] }];
    return { instead: { metadata: {}, spec: {} }, status: { resourceRules, nonResourceRules, incomplete: false } };
  },
};

const userInfo = ({ name, uid, groups, extra }: User) => ({
  username: name,
  ...(uid !== undefined && { uid }),
  groups,
  ...(extra && { extra }),
});

function tokenStatus({ authenticator }: Kernel, { token = "" }: { readonly token?: string }) {
  if (token === "") throw badRequest("token is required for TokenReview in authentication");
  const user = authenticator.userOf(token);
  return user ? { authenticated: true, user: userInfo(user) } : { user: {}, error: "invalid bearer token" };
}

/** Who is asked about has been authenticated, unless it is said that they have not. */
const isSomebody = ({ user, groups = [] }: AccessSpec): boolean => user !== anonymous.name && !groups.includes(unauthenticated);
