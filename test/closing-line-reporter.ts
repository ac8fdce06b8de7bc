import type { Reporter, TestModule } from "vitest/node";

/** Ends the output with one plain line, `12 passed, 0 failed, 1 skipped`, that a script can read. */
export default class ClosingLineReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    const count = { passed: 0, failed: unhandledErrors.length, skipped: 0 };
    for (const module of modules) {
      const tests = [...module.children.allTests()];
      for (const test of tests) {
        const { state } = test.result();
        // A test that never ran, because its file or a hook failed, kept no promise.
        count[state === "pending" ? "failed" : state] += 1;
      }
      // A file that does not load, a type test that does not compile or a hook that throws fails by itself.
      if (module.state() === "failed" && tests.every((test) => test.result().state !== "failed")) {
        count.failed += 1;
      }
    }
    // The default reporter prints its summary in the same hook; this line belongs after it.
    process.once("exit", () => {
      const skipped = count.skipped > 0 ? `, ${count.skipped} skipped` : "";
      process.stdout.write(`\n${count.passed} passed, ${count.failed} failed${skipped}\n`);
    });
  }
}
