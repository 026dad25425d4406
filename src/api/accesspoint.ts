import { z } from "zod";
import { NOT_SELECTED_REASONS, type NotSelectedReason } from "./conditions.ts";
import { DELIVERABLE, ISTIO_VERSIONS } from "./kinds.ts";
import {
  cel,
  conditions,
  duration,
  labelName,
  labelSelector,
  listAtomic,
  listMap,
  listSet,
  objectName,
  timestamp,
} from "./meta.ts";
import type { ObjectMeta } from "./resource.ts";

const preserveUnknown = { "x-kubernetes-preserve-unknown-fields": true } as const;

/** The fields that select clusters, the same in placement, overrides and stages: each one narrows, none of them selects by itself. */
const selecting = {
  clusters: z.array(objectName()).max(1000).meta(listSet).optional().describe("Names of MemberClusters."),
  clusterSelector: labelSelector.optional().describe("Labels of MemberClusters."),
  zones: z.array(labelName()).max(200).meta(listSet).optional().describe("Availability zones."),
  regions: z.array(labelName()).max(100).meta(listSet).optional().describe("Regions."),
};

const clusterSelection = z.strictObject(selecting);
/** Who is meant: every field that is set must match. */
export type ClusterSelection = z.infer<typeof clusterSelection>;

const toleration = z
  .strictObject({
    key: z.string().min(1).max(317).optional().describe("Taint key. None: every key, together with operator Exists."),
    operator: z.enum(["Equal", "Exists"]).default("Equal").describe("Equal: the value is the taint's. Exists: any value."),
    value: z.string().max(63).optional().describe("Taint value, for Equal."),
    effect: z.enum(["NoSchedule", "NoExecute"]).optional().describe("Taint effect. None: every effect."),
  })
  .meta(
    cel(
      { rule: "self.operator == 'Equal' || !has(self.value)", message: "Exists takes no value" },
      { rule: "has(self.key) || self.operator == 'Exists'", message: "without a key the operator is Exists" },
    ),
  )
  .describe("Lets the placement select clusters with a taint.");

const leader = z
  .strictObject({
    apiVersion: z
      .string()
      .max(317)
      .regex(/^([a-z0-9][-a-z0-9.]*\/)?v[a-z0-9]+$/)
      .describe("API group and version of the object, e.g. work.karmada.io/v1alpha2."),
    kind: z
      .string()
      .max(63)
      .regex(/^[A-Z][A-Za-z0-9]*$/)
      .describe("Kind of the object."),
    name: objectName().describe("Name of the object; it is in the AccessPoint's namespace, or its kind has none."),
    clustersPath: z
      .string()
      .min(2)
      .max(512)
      .optional()
      .describe("For kinds that are not known here: JSONPath to the names of clusters, e.g. $.status.clusters[*].name."),
    discover: z
      .enum(["Members"])
      .optional()
      .describe("Members: the object is looked for in the member clusters, and is followed to where it runs."),
  })
  .meta(
    cel(
      {
        rule: "!(has(self.clustersPath) && has(self.discover))",
        message: "clustersPath is for an object on the hub, discover for one in the members",
      },
      { rule: "self.apiVersion != 'v1' || self.kind != 'Secret'", message: "a Secret is not followed" },
    ),
  )
  .describe("An object that says where the application runs.");

const placement = z.strictObject({
  ...selecting,
  follow: z
    .array(leader)
    .min(1)
    .max(16)
    .meta(listAtomic)
    .optional()
    .describe(
      "Clusters that these objects are placed on, all of them together. One that is gone or cannot be read holds the clusters last known from it.",
    ),
  numberOfClusters: z
    .int()
    .min(1)
    .max(1000)
    .optional()
    .describe("At most so many of the clusters that qualify, spread over zones; clusters that were chosen before stay chosen."),
  tolerations: z.array(toleration).max(64).meta(listAtomic).optional().describe("Taints that keep nothing away."),
});

const unique = (values: readonly string[]) => [...new Set(values)] as [string, ...string[]];

const manifest = z
  .looseObject({
    apiVersion: z
      .enum(
        unique(
          DELIVERABLE.flatMap(({ group }) => (group === "" ? ["v1"] : ISTIO_VERSIONS.map((version) => `${group}/${version}`))),
        ),
      )
      .describe("API group and version of the object."),
    kind: z.enum(unique(DELIVERABLE.map(({ kind }) => kind))).describe("Kind of the object."),
    metadata: z
      .looseObject({ name: objectName().optional().describe("Name of the object.") })
      .describe("Name, labels and annotations of the object."),
  })
  .describe(
    "The object as it is to be in the member clusters. Its namespace is the AccessPoint's. String values may name the target: ${cluster.name}, ${cluster.zone}, ${cluster.region}, ${cluster.labels['key']}; $${ is a literal ${.",
  )
  .meta({
    ...preserveUnknown,
    "x-kubernetes-embedded-resource": true,
    ...cel({ rule: "has(self.metadata.name) && size(self.metadata.name) > 0", message: "manifest.metadata.name is required" }),
  });

const template = z
  .strictObject({
    name: labelName()
      .optional()
      .describe("Name of the template, unique in the list. Default: <kind>-<metadata.name> in lower case."),
    scope: z
      .enum(["AvailabilityZone", "Cluster"])
      .optional()
      .describe(
        "AvailabilityZone: written to the Primary of each zone that holds a placed cluster. Cluster: written to each placed cluster. Default: Cluster for a v1 Service, AvailabilityZone for everything else.",
      ),
    manifest,
  })
  .describe("One object to deliver.");

const jsonPatchOperation = z
  .strictObject({
    op: z.enum(["add", "remove", "replace", "move", "copy", "test"]).describe("Operation of RFC 6902."),
    path: z
      .string()
      .max(1024)
      .regex(/^(\/.*)?$/)
      .describe("JSON Pointer to what is changed, e.g. /spec/http/0/route/0/weight."),
    from: z.string().max(1024).optional().describe("JSON Pointer to the source of move and copy."),
    value: z.unknown().optional().meta(preserveUnknown).describe("Value of add, replace and test."),
  })
  .meta(
    cel({
      rule: "self.op in ['move', 'copy'] ? has(self.from) : !has(self.from)",
      message: "move and copy need from; the others take none",
    }),
  );

const override = z
  .strictObject({
    name: labelName().describe("Name of the override, unique in the list; errors name it."),
    ...selecting,
    target: z
      .strictObject({
        template: labelName().optional().describe("Name of the template to change."),
        kind: z.string().min(1).max(63).optional().describe("Kind of the objects to change."),
        name: objectName().optional().describe("metadata.name of the object to change; together with kind."),
      })
      .meta(
        cel({
          rule: "has(self.template) ? !has(self.kind) && !has(self.name) : has(self.kind)",
          message: "target is either {template: NAME} or {kind: KIND} with an optional name",
        }),
      )
      .describe("Which objects of the bundle are changed."),
    jsonPatch: z
      .array(jsonPatchOperation)
      .min(1)
      .max(100)
      .meta(listAtomic)
      .optional()
      .describe("Operations of RFC 6902, in order."),
    mergePatch: z
      .record(z.string(), z.unknown())
      .optional()
      .meta(preserveUnknown)
      .describe("Merge patch of RFC 7386: objects are merged, null removes, everything else replaces."),
  })
  .meta(cel({ rule: "has(self.jsonPatch) != has(self.mergePatch)", message: "an override has either jsonPatch or mergePatch" }))
  .describe("A change of the bundle for some clusters.");

const gate = z
  .strictObject({
    type: z
      .enum(["Approval", "Wait"])
      .describe("Approval: a RolloutApproval for this revision and stage is needed. Wait: time must pass."),
    duration: duration().optional().describe("How long a Wait lasts."),
  })
  .meta(cel({ rule: "(self.type == 'Wait') == has(self.duration)", message: "a Wait needs a duration; an Approval takes none" }))
  .describe("What must happen before the rollout goes on.");

const gates = () => z.array(gate).max(8).meta(listAtomic).optional();

const stage = z
  .strictObject({
    name: labelName().describe("Name of the stage, unique in the list."),
    ...selecting,
    count: z
      .int()
      .min(1)
      .max(1000)
      .optional()
      .describe("At most so many clusters of those selected, by zone, then name; the others are left to later stages."),
    maxConcurrency: z
      .union([z.int().min(1), z.string().regex(/^(100|[1-9][0-9]?)%$/)])
      .default(1)
      .meta({
        "x-kubernetes-int-or-string": true,
        minimum: 1,
        pattern: "^(100|[1-9][0-9]?)%$",
      })
      .describe("How many clusters change at once: a number, or a share of the stage's clusters (rounded down, at least one)."),
    maxFailures: z.int().min(0).max(1000).default(0).describe("How many clusters of the stage may fail before the rollout stops."),
    soak: duration()
      .optional()
      .describe("How long every cluster of the stage must have been verified on this revision, without interruption."),
    progressDeadline: duration()
      .default("10m")
      .describe("A cluster that is not verified so long after it was started, or could not be started, counts as failed."),
    before: gates().describe("Gates before the first cluster of the stage is touched."),
    after: gates().describe("Gates after every cluster of the stage is verified and soaked."),
  })
  .describe("A group of clusters that are updated before the next group is touched.");

export const accessPointSpec = z
  .strictObject({
    templates: z.array(template).min(1).max(64).meta(listAtomic).describe("The bundle of objects to deliver."),
    placement: placement.describe(
      "Which clusters the application runs in. Every field that is set narrows; an empty placement selects nothing.",
    ),
    overrides: z
      .array(override)
      .max(200)
      .meta(listMap("name"))
      .optional()
      .describe("Changes for some clusters, in list order; the last one wins."),
    sync: z
      .strictObject({
        whenAlreadyExists: z
          .enum(["Fail", "TakeOver", "TakeOverIfNoDiff"])
          .default("Fail")
          .describe(
            "What happens to an object that is there already and is not ours. Fail: it is left alone and reported. TakeOver: it is made ours. TakeOverIfNoDiff: it is made ours when that changes nothing but our marks.",
          ),
        whenDrifted: z
          .enum(["Repair", "Report"])
          .default("Repair")
          .describe(
            "What happens when someone else changes our object in a member. Repair: it is written again. Report: status says so.",
          ),
        whenRemoved: z
          .enum(["Delete", "Orphan"])
          .default("Delete")
          .describe(
            "What happens to objects that leave the bundle or the placement. Delete: they go. Orphan: they stay, without our marks.",
          ),
        createNamespace: z
          .boolean()
          .default(false)
          .describe("Create the namespace in members that do not have it. It is never deleted."),
      })
      .prefault({})
      .describe("How objects in the members are treated."),
    rollout: z
      .strictObject({
        paused: z.boolean().default(false).describe("A person's pause: no further cluster is started until it is taken back."),
        rollbackTo: z
          .string()
          .max(253)
          .optional()
          .describe(
            "Name of an earlier revision that is rolled out instead of what templates and overrides say, as long as it is set.",
          ),
        stages: z
          .array(stage)
          .max(50)
          .meta(listMap("name"))
          .optional()
          .describe(
            "Stages in order. Default: stage canary with one target (the Primary of the first zone by name) and an Approval after it, then stage rest, one target at a time.",
          ),
        verify: z
          .array(z.enum(["Routes", "Gateways"]))
          .max(2)
          .meta(listSet)
          .default(["Routes"])
          .describe(
            "What must be green before a cluster counts as verified. Routes: VirtualServices and DestinationRules are configured. Gateways: every Gateway has an address.",
          ),
        unmatchedClusters: z
          .enum(["Append", "Fail"])
          .default("Append")
          .describe(
            "What happens to clusters that no stage selects. Append: one more stage at the end. Fail: the rollout does not start.",
          ),
        onFailure: z
          .enum(["Pause", "Rollback"])
          .default("Pause")
          .describe(
            "What happens when the rollout fails or is rejected. Pause: everything stays as it is. Rollback: the clusters that it touched return to the revision they had, the last one first.",
          ),
      })
      .prefault({})
      .describe("How a change reaches the clusters. Frozen for each rollout when it starts, except for paused."),
    revisionHistoryLimit: z.int().min(1).max(100).default(10).describe("How many revisions that are in no use are kept."),
  })
  .describe("How an application is reached.");

const gateStatus = z.strictObject({
  type: z.string().describe("Type of the gate."),
  when: z.enum(["Before", "After"]).describe("On which side of the stage it stands."),
  state: z.enum(["Pending", "Waiting", "Passed", "Rejected", "Skipped"]).describe("Where it stands."),
  duration: z.string().optional().describe("How long a Wait lasts."),
  since: timestamp().optional().describe("Since when it is waiting."),
  until: timestamp().optional().describe("When a Wait ends."),
  decidedAt: timestamp().optional().describe("When it was decided."),
  by: z.string().optional().describe("The RolloutApproval that decided it."),
  message: z.string().optional().describe("Why it was decided so."),
});

const stageStatus = z.strictObject({
  name: z.string().describe("Name of the stage."),
  phase: z
    .enum(["Pending", "Progressing", "Soaking", "AwaitingApproval", "Waiting", "Completed", "Skipped", "Failed"])
    .describe("Where the stage stands."),
  clusters: z.array(z.string()).describe("Its clusters, in the order in which they are started."),
  maxConcurrency: z.int().describe("How many of them change at once."),
  maxFailures: z.int().describe("How many of them may fail."),
  soak: z.string().optional().describe("How long they must stay verified."),
  progressDeadline: z.string().describe("How long each of them may take."),
  startedAt: timestamp().optional().describe("When its first gate or cluster was begun."),
  completedAt: timestamp().optional().describe("When it was done."),
  message: z.string().optional().describe("What it waits for."),
  gates: z.array(gateStatus).optional().describe("Its gates."),
});

const objectProblem = z.strictObject({
  kind: z.string().describe("Kind of the object."),
  namespace: z.string().optional().describe("Namespace of the object."),
  name: z.string().describe("Name of the object."),
  state: z.enum(["Failed", "Conflict", "Drifted", "Missing"]).describe("What is wrong."),
  message: z.string().describe("Why, and what to do."),
});

const clusterStatus = z.strictObject({
  name: z.string().describe("Name of the MemberCluster."),
  zone: z.string().optional().describe("Its availability zone."),
  region: z.string().optional().describe("Its region."),
  stage: z.string().optional().describe("The stage that it belongs to."),
  revision: z.string().optional().describe("The revision that it runs or is being given."),
  variant: z.string().optional().describe("Digest of what this revision renders to for this cluster."),
  previousRevision: z.string().optional().describe("The revision that it ran before this rollout touched it."),
  phase: z.enum(["Pending", "Applying", "Verifying", "Ready", "Failed", "Unreachable", "Removing"]).describe("Where it stands."),
  message: z.string().optional().describe("Why."),
  startedAt: timestamp().optional().describe("When it was given its revision."),
  progressingSince: timestamp()
    .optional()
    .describe("Since when it is on its way to being verified; the progress deadline counts from here."),
  verifiedAt: timestamp().optional().describe("Since when it is verified on its revision without interruption."),
  soakingSince: timestamp()
    .optional()
    .describe("The soak counts from here: verifiedAt, moved on by the time in which nobody watched. Default: verifiedAt."),
  unknownSince: timestamp()
    .optional()
    .describe("Since when the controller has been connecting to it: until it answers its soak stands still."),
  skipped: z.boolean().optional().describe("Left out of this rollout by a person."),
  objects: z
    .strictObject({
      total: z.int().describe("How many objects it is to have."),
      ready: z.int().describe("How many of them are as they should be."),
      problems: z.array(objectProblem).optional().describe("Those that are not, capped."),
      omittedProblems: z.int().optional().describe("How many problems were left out."),
    })
    .optional()
    .describe("Its objects."),
  gateways: z
    .array(
      z.strictObject({
        name: z.string().describe("Name of the Gateway."),
        vips: z.array(z.string()).describe("Addresses under which the bundle's own Services expose it."),
        fqdns: z.array(z.string()).describe("Host names that it serves."),
        state: z
          .enum(["Ready", "Pending", "Unexposed"])
          .describe("Ready: it has an address. Pending: its Service has none yet. Unexposed: no Service of the bundle exposes it."),
        omitted: z.int().optional().describe("How many addresses and host names were left out."),
      }),
    )
    .optional()
    .describe("Its Gateways, capped."),
  omittedGateways: z.int().optional().describe("How many Gateways were left out."),
  routes: z
    .strictObject({
      state: z.enum(["Configured", "Pending", "Invalid", "Unknown"]).describe("Whether the routes are configured."),
      messages: z.array(z.string()).optional().describe("What Istio says of them."),
    })
    .optional()
    .describe("Its routes."),
  lastObservedTime: timestamp().optional().describe("When it last answered; set while it is unreachable."),
});

const followingStatus = z.strictObject({
  apiVersion: z.string().describe("API group and version of the object that is followed."),
  kind: z.string().describe("Its kind."),
  name: z.string().describe("Its name."),
  state: z
    .enum(["Following", "Held"])
    .describe("Following: it says where it is placed. Held: it does not, and what it said last still counts."),
  message: z.string().optional().describe("Why it is held."),
  clusters: z.array(z.string()).describe("Where it is placed, as far as known."),
});

const placementStatus = z.strictObject({
  selected: z.array(z.string()).describe("Clusters that are placed, by name."),
  notSelected: z
    .array(
      z.strictObject({
        reason: z
          .enum(Object.keys(NOT_SELECTED_REASONS) as [NotSelectedReason, ...NotSelectedReason[]])
          .describe("Why not, in one word."),
        count: z.int().describe("How many clusters."),
        clusters: z.array(z.string()).describe("Their names, capped."),
      }),
    )
    .optional()
    .describe("Every other member cluster, by the reason why it is not placed."),
  zones: z
    .array(
      z.strictObject({
        name: z.string().describe("Name of the zone."),
        primary: z.string().describe("Its Primary; after a change of roles the earlier one, until the new one is verified."),
      }),
    )
    .optional()
    .describe("Zones of placed clusters, and where their zone-scoped objects are."),
  following: z.array(followingStatus).optional().describe("What spec.placement.follow led to."),
  message: z.string().optional().describe("How the clusters were chosen, where there was a choice."),
});

export const accessPointStatus = z
  .strictObject({
    observedGeneration: z.int().optional().describe("metadata.generation that this status was made from."),
    currentRevision: z.string().optional().describe("The last revision that was rolled out completely."),
    updateRevision: z.string().optional().describe("The revision that is to be everywhere."),
    failedRevision: z
      .string()
      .optional()
      .describe("The revision whose rollout failed; it is not tried again until the spec or a retry asks for it."),
    clustersDesired: z.int().optional().describe("How many targets there are."),
    clustersUpdated: z.int().optional().describe("How many of them run the update revision and are verified."),
    clustersReady: z.int().optional().describe("How many of them are as their revision says."),
    updated: z.string().optional().describe("clustersUpdated/clustersDesired, for the printer column."),
    ready: z.string().optional().describe("clustersReady/clustersDesired, for the printer column."),
    rollout: z
      .strictObject({
        phase: z
          .enum([
            "Idle",
            "Preflight",
            "Progressing",
            "Soaking",
            "AwaitingApproval",
            "Waiting",
            "Paused",
            "Failed",
            "RollingBack",
            "Completed",
          ])
          .describe("Where the rollout stands."),
        stage: z.string().optional().describe("The stage that it is at."),
        plan: z.string().optional().describe("Digest of templates, overrides and plan."),
        message: z.string().optional().describe("What it is doing or waiting for."),
        startedAt: timestamp().optional().describe("When it began."),
        completedAt: timestamp().optional().describe("When it ended."),
        failure: z
          .strictObject({
            reason: z
              .enum(["MaxFailuresBreached", "ProgressDeadlineExceeded", "Rejected", "Aborted", "RolledBack"])
              .describe("Why it failed."),
            message: z.string().describe("Why, in a sentence."),
          })
          .optional()
          .describe("Set when it failed."),
        observedAt: timestamp()
          .optional()
          .describe(
            "When the controller last looked, while a soak or a deadline runs; time in which it did not look counts for neither.",
          ),
        onFailure: z.enum(["Pause", "Rollback"]).optional().describe("What happens when it fails, frozen when it began."),
        returned: z
          .array(z.string())
          .optional()
          .describe("Clusters that were given back the revision they had, in that order; set when it is rolled back."),
        verify: z.array(z.string()).optional().describe("What must be green before a cluster counts as verified."),
        stages: z.array(stageStatus).optional().describe("Its stages, frozen when it began."),
        answered: z.array(z.string()).optional().describe("Requests by annotation that were answered."),
      })
      .optional()
      .describe("The rollout under way, or the last one."),
    placement: placementStatus.optional().describe("Which clusters are placed, and why the others are not."),
    clusters: z.array(clusterStatus).meta(listMap("name")).optional().describe("Every target, by name."),
    conditions: conditions(),
  })
  .describe("What is true; written by the controller alone.");

export type AccessPointSpec = z.output<typeof accessPointSpec>;
export type AccessPointStatus = z.infer<typeof accessPointStatus>;
export type Template = AccessPointSpec["templates"][number];
export type PlacementSpec = AccessPointSpec["placement"];
export type Leader = NonNullable<PlacementSpec["follow"]>[number];
export type Toleration = NonNullable<PlacementSpec["tolerations"]>[number];
export type PlacementStatus = z.infer<typeof placementStatus>;
export type FollowingStatus = z.infer<typeof followingStatus>;
export type Override = NonNullable<AccessPointSpec["overrides"]>[number];
export type Sync = AccessPointSpec["sync"];
export type StageSpec = NonNullable<AccessPointSpec["rollout"]["stages"]>[number];
export type GateSpec = NonNullable<StageSpec["after"]>[number];
export type RolloutStatus = NonNullable<AccessPointStatus["rollout"]>;
export type StageStatus = z.infer<typeof stageStatus>;
export type GateStatus = z.infer<typeof gateStatus>;
export type ClusterStatus = z.infer<typeof clusterStatus>;
export type ObjectProblem = z.infer<typeof objectProblem>;

export interface AccessPoint {
  readonly apiVersion: string;
  readonly kind: "AccessPoint";
  readonly metadata: ObjectMeta;
  readonly spec: AccessPointSpec;
  readonly status?: AccessPointStatus;
}

export const accessPoint = z
  .looseObject({ spec: accessPointSpec, status: accessPointStatus.optional() })
  .describe(
    "How an application is reached: a bundle of Service and Istio objects, the clusters they go to, and the way a change takes.",
  )
  .meta(
    cel({
      rule: "size(self.metadata.name) <= 52",
      message: "an AccessPoint's name has at most 52 characters, because revisions are named <name>-<digest>",
    }),
  );
