import { z } from "zod";
import { DELIVERABLE, ISTIO_VERSIONS } from "../kinds.ts";
import { cel, labelName, objectName, preserveUnknown, shallow } from "../meta.ts";

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

export const template = z
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
    manifest: shallow(manifest),
  })
  .describe("One object to deliver.");

export type Template = z.output<typeof template>;
