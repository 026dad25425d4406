import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { costs, sized } from "./rule-costs-cases.ts";
import { nextToReal, noRealServer, type RealServer, startRealServer } from "./schema-real.ts";

/** A definition in which a rule may be met so often that its cost is a little more than is allowed, and shows to the last digit. */
const definition = (rule: string, times: number) => ({
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: "tries.schema.test" },
  spec: {
    group: "schema.test",
    scope: "Namespaced",
    names: { plural: "tries", singular: "try", kind: "Try", listKind: "TryList" },
    versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: schema(rule, times) } }],
  },
});

const schema = (rule: string, maxItems: number): object => ({
  type: "object",
  properties: { spec: { type: "array", maxItems, items: { ...sized, "x-kubernetes-validations": [{ rule, message: "no" }] } } },
});

const limit = 10_000_000;

describe.skipIf(noRealServer)(nextToReal("what rules cost"), () => {
  let server: RealServer;
  beforeAll(async () => {
    server = await startRealServer();
  });
  afterAll(() => server?.stop());

  it.each(costs)("is estimated alike: %s", async (rule, cost) => {
    const times = cost === 0 ? limit : Math.ceil((1.1 * limit) / cost);
    const path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions?dryRun=All";
    const { body } = await server.request("POST", path, definition(rule, times));
    const [factor] = (body.details?.causes ?? []).flatMap(
      ({ message }) => /estimated rule cost exceeds budget by factor of (.*)x /.exec(message ?? "")?.[1] ?? [],
    );
    const over = (cost * times) / limit;
    expect(factor).toBe(cost === 0 ? undefined : over > 100 ? "more than 100" : over < 1.5 ? over.toFixed(6) : over.toFixed(1));
  });
});
