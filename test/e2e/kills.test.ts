import { afterAll, beforeAll, describe } from "vitest";
import { startTestFleet, type TestFleet } from "../support/fleet.ts";
import { killStory } from "./stories/kills.ts";

describe("on embedded API servers", () => {
  let fleet: TestFleet;

  beforeAll(async () => {
    fleet = await startTestFleet("embedded");
  });
  afterAll(() => fleet?.stop());

  killStory(() => fleet);
});
