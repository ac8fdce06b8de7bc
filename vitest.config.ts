import { defineConfig } from "vitest/config";
import { sourceOfEntryPoints } from "./test/entry-points.ts";

export default defineConfig({
  resolve: {
    // Tests, examples and docs import the package by its public names and run against the sources.
    alias: Object.entries(sourceOfEntryPoints()).map(([name, file]) => ({
      find: new RegExp(`^${name}$`),
      replacement: file,
    })),
  },
  test: {
    include: ["src/**/*.test.ts", "test/**/*.test.ts", "examples/**/*.test.ts"],
    exclude: ["**/node_modules/**", "**/dist/**", "test/soak/**"],
    globalSetup: ["./test/postgres/global-server.ts"],
    // A process each: tests open databases, set signal handlers and count open handles.
    pool: "forks",
    testTimeout: 20_000,
    hookTimeout: 20_000,
    teardownTimeout: 10_000,
    // What is polled for comes late on a machine with much to do; below the time of a test, so that it says what was found.
    expect: { poll: { timeout: 15_000 } },
    // An unhandled rejection or a stray error fails the run even though each test passed.
    dangerouslyIgnoreUnhandledErrors: false,
    typecheck: {
      enabled: true,
      include: ["src/**/*.test-d.ts", "test/**/*.test-d.ts", "examples/**/*.test-d.ts"],
      tsconfig: "./tsconfig.json",
      // Errors in sources are `npm run typecheck`'s to tell.
      ignoreSourceErrors: true,
    },
    reporters: ["default", "./test/closing-line-reporter.ts"],
    coverage: {
      provider: "v8",
      include: ["src/**/*.ts"],
      exclude: ["src/**/*.test.ts", "src/**/*.test-d.ts"],
    },
  },
});
