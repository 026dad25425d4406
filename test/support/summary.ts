import type { Reporter, TestCase, TestModule } from "vitest/node";

interface Count {
  passed: number;
  failed: number;
  skipped: number;
}

/** Closes a run with how many tests ran where, what was skipped and why, what tests want noticed, and one plain line of totals. */
export class Summary implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const total: Count = { passed: 0, failed: 0, skipped: 0 };
    const places = new Map<string, Count>();
    const reasons = new Map<string, number>();
    const annotations: string[] = [];
    for (const module of modules) {
      // A file that could not be loaded has no tests, and has failed all the same.
      if (module.state() === "failed" && [...module.children.allTests()].length === 0) total.failed++;
      for (const test of module.children.allTests()) {
        const place = placeOf(test);
        const count = places.get(place) ?? { passed: 0, failed: 0, skipped: 0 };
        places.set(place, count);
        for (const { type, message } of test.annotations()) annotations.push(`${type}: ${test.fullName}: ${message}`);
        const { state } = test.result();
        if (state === "pending") continue;
        count[state]++;
        total[state]++;
        if (state === "skipped") {
          const reason = /\(?skipped: ([^)]+)/.exec(test.fullName)?.[1] ?? `no reason given: ${test.fullName}`;
          reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
        }
      }
    }
    console.log("\nWhere tests ran:");
    for (const [place, count] of [...places].sort()) console.log(`  ${place.padEnd(24)} ${describe(count)}`);
    for (const [reason, count] of reasons) console.log(`  skipped: ${reason} (${count} tests)`);
    for (const annotation of annotations) console.log(`  ${annotation}`);
    console.log(`\n${describe(total)}`);
  }
}

const describe = ({ passed, failed, skipped }: Count): string =>
  `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;

/** Against which API servers a test runs, by the names of its file and its groups. */
function placeOf({ module, fullName }: TestCase): string {
  const name = `${module.relativeModuleId} ${fullName}`;
  if (/\breal\b/i.test(name)) return "real API servers";
  if (/embedded\.test|\bembedded (API|fleet|server)|on embedded|e2e\/embedded/i.test(name)) return "embedded API servers";
  return `test/${module.relativeModuleId.split("/")[1]}`;
}
