import { describe, expect, it } from "vitest";
import type { AccessPoint } from "../../src/api/accesspoint.ts";
import { CLEANUP_FINALIZER } from "../../src/api/kinds.ts";
import { reconcileAccessPoint } from "../../src/controller/accesspoints.ts";
import type { AccessPointContext } from "../../src/controller/context.ts";
import { FakeClock } from "../kube/fake-clock.ts";

describe("a pass that comes upon a mistake of the controller", () => {
  const accessPoint = (more: object = {}) =>
    ({
      metadata: { name: "web", namespace: "shop", uid: "u", generation: 2, finalizers: [CLEANUP_FINALIZER] },
      ...more,
    }) as AccessPoint;

  async function fails(object: AccessPoint) {
    const patches: object[] = [];
    const notes: object[] = [];
    const clock = new FakeClock();
    const context = {
      clock,
      hub: {
        accessPoints: { get: () => ({ object }), observe: () => {} },
        client: { patch: async (_: unknown, __: unknown, ___: unknown, body: object[]) => patches.push(...body.slice(1)) },
      },
      specifications: {
        read: () => {
          throw new TypeError("Cannot read properties of null (reading 'spec')");
        },
      },
      budget: { delay: () => 0, unchanged: () => {} },
      events: { record: (event: object) => notes.push(event) },
    } as unknown as AccessPointContext;
    await expect(reconcileAccessPoint("shop/web", context, AbortSignal.timeout(1000))).rejects.toThrow(TypeError);
    return { patches, notes };
  }

  const message =
    "a mistake of the controller, please report it: Cannot read properties of null (reading 'spec'); what clusters have stays as it is";
  const progressing = { type: "Progressing", status: "False", reason: "InternalError", message, observedGeneration: 2 };

  it("says so, also where nothing was said before", async () => {
    const { patches, notes } = await fails(accessPoint());
    expect(patches).toEqual([
      { op: "add", path: "/status", value: { conditions: [{ ...progressing, lastTransitionTime: expect.any(String) }] } },
    ]);
    expect(notes).toMatchObject([{ type: "Warning", reason: "InternalError", note: message }]);
  });

  it("once, and leaves everything else as it was", async () => {
    const completed = {
      type: "RolloutCompleted",
      status: "True",
      reason: "Completed",
      message: "",
      lastTransitionTime: "2026-01-01T00:00:00Z",
    };
    const conditions = [completed, { ...progressing, lastTransitionTime: "2026-01-01T00:00:00Z" }];
    expect(await fails(accessPoint({ status: { clustersReady: 3, conditions } }))).toEqual({ patches: [], notes: [] });
    const { patches } = await fails(accessPoint({ status: { clustersReady: 3, conditions: [completed] } }));
    expect(patches).toMatchObject([{ op: "add", path: "/status/conditions/1", value: progressing }]);
  });
});
