import { defineConfig } from "vitest/config";
import { LongestFirst } from "./test/support/longest-first.ts";
import { Summary } from "./test/support/summary.ts";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    reporters: ["default", new Summary()],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // Two cores: API servers and their clients share them with the tests, which wait for most of their time.
    maxWorkers: 3,
    // A dozen API servers share two cores: more than one thread each is spent on taking turns, and memory is cheaper than tidying up.
    env: { GOMAXPROCS: "1", GOGC: "200" },
    // Tests share nothing that they change, so that what a file loads serves those after it.
    isolate: false,
    sequence: { sequencer: LongestFirst },
  },
});
