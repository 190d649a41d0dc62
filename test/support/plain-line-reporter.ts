import type { Reporter, TestModule } from "vitest/node";

/**
 * Ends the run with the plain line that CI reads: `N passed, N failed` (and skipped ones, where there are any). Before it stands what passed only on its
 * second try.
 */
export default class PlainLineReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const counts = { passed: 0, failed: 0, skipped: 0 };
    const shaky: string[] = [];
    for (const module of modules) {
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        if (state === "passed" || state === "failed" || state === "skipped") counts[state]++;
        if (test.diagnostic()?.flaky === true) shaky.push(`${module.relativeModuleId} > ${test.fullName}`);
      }
      if (module.errors().length > 0) counts.failed++;
    }
    counts.failed += errors.length;
    for (const name of shaky) process.stdout.write(`\npassed only on the second try, look at it: ${name}`);
    const skipped = counts.skipped > 0 ? `, ${counts.skipped} skipped` : "";
    process.stdout.write(`\n${counts.passed} passed, ${counts.failed} failed${skipped}\n`);
  }
}
