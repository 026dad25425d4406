import { expect, it } from "vitest";
import type { NameService } from "../../src/api/nameservice.ts";
import { readYaml } from "../examples/documents.ts";
import { accessPoints, members } from "../examples/fleet.ts";
import { cluster, publication, reasons, texts } from "./builders.ts";

it("examples/name-service.yaml answers by location what examples/https-edge.yaml is reached under", () => {
  const [document] = readYaml("examples/name-service.yaml").documents.filter(({ kind }) => kind === "NameService");
  const { metadata, spec } = document as unknown as NameService;
  const checkout = accessPoints.find(({ metadata: { namespace, name } }) => namespace === "shop" && name === "checkout")!;
  const primaries = members.filter(({ role }) => role === "Primary");
  const clusters = primaries.map(({ name }, index) => cluster(name, [`10.${index}.0.1`], {}, { name: "checkout" }));
  const published = publication({ metadata, spec, members, accessPoints: [{ ...checkout, status: { clusters } }] });
  expect(reasons(published)).toEqual([]);
  expect(published.unsupported).toBeUndefined();
  expect(texts(published)).toEqual(["A west 10.0.0.1,10.1.0.1 aws/region=us-west-2", "A mountain 10.2.0.1 aws/region=us-west-1"]);
});
