import { describe, expect, test } from "vitest";
import { specifiersIn } from "./imports.ts";
import {
  filesTooLong,
  importCircles,
  importsThatClimb,
  indexesWithoutExport,
  namesThatSayNothing,
} from "./rules.ts";

test("every way to import counts, and a comment or a string does not", () => {
  const source = `
    import a from "./a.ts";
    import type { B } from "./b.ts";
    import { type C } from "./c.ts";
    import "./d.ts";
    export { e } from "./e.ts";
    export type { F } from "./f.ts";
    export * from "./g.ts";
    const h = await import("./h.ts");
    type I = import("./i.ts").I;
    function j(): typeof import("./j.ts") {}
    // import "./no.ts";
    const text = 'import "./no.ts"';
  `;
  const letters = specifiersIn(source).map((specifier) => specifier.charAt(2));
  expect(letters.sort().join("")).toBe("abcdefghij");
});

describe("floors", () => {
  test.each([
    ["domain/view.ts", "../message/event.ts"],
    ["domain/view.ts", "./aggregate.ts"],
    ["message/event.ts", "../errors/error.ts"],
    ["stores/sqlite/append.ts", "../../ports/event-store.ts"],
    ["stores/sqlite/sql/insert.ts", "../append.ts"],
    ["cli/main.ts", "../hosts/node/start.ts"],
    ["index.ts", "./runtime/engine.ts"],
    ["domain/view.test.ts", "../stores/memory/store.ts"],
  ])("%s may import %s", (file, specifier) => {
    expect(importsThatClimb({ [`src/${file}`]: `import type { X } from "${specifier}";` })).toEqual([]);
  });

  test.each([
    ["domain/view.ts", "../runtime/engine.ts", "domain is on floor 1, runtime on floor 2"],
    ["domain/view.ts", "../ports/event-store.ts", "domain is on floor 1, ports on floor 1"],
    ["errors/error.ts", "../message/event.ts", "errors is on floor 0, message on floor 0"],
    [
      "stores/sqlite/append.ts",
      "../memory/store.ts",
      "stores/sqlite is on floor 2, stores/memory on floor 2",
    ],
    [
      "hosts/node/start.ts",
      "../aws-lambda/start.ts",
      "hosts/node is on floor 4, hosts/aws-lambda on floor 4",
    ],
    ["runtime/engine.ts", "../stores/memory/store.ts", "runtime is on floor 2, stores/memory on floor 2"],
    ["index.ts", "./http/routes.ts", "src/index.ts is on floor 3, http on floor 3"],
    ["http/routes.ts", "../index.ts", "no source imports the entry point"],
    ["domain/view.ts", "./view.test.ts", "code never imports a test"],
    ["domain/view.ts", "../../test/entry-points.ts", "it stands in no room"],
  ])("%s must not import %s", (file, specifier, why) => {
    const source = `type X = import("${specifier}").X;`;
    expect(importsThatClimb({ [`src/${file}`]: source })).toEqual([expect.stringMatching(`${why}$`)]);
  });

  test("a file outside the rooms is found", () => {
    const sources = { "src/stray.ts": "", "src/attic/x.ts": "", "src/stores/shared.ts": "" };
    expect(importsThatClimb(sources)).toHaveLength(3);
  });

  test("a source does not import its own package by name", () => {
    const sources = { "src/cli/main.ts": 'import "millrace/http";' };
    expect(importsThatClimb(sources)).toEqual([expect.stringContaining("by path")]);
  });
});

test("a circle is listed file by file, also one of types, and a diamond is none", () => {
  const sources = {
    "src/domain/a.ts": 'import type { B } from "./b.ts";\nimport "./d.ts";',
    "src/domain/b.ts": 'export type { C } from "./c.ts";',
    "src/domain/c.ts": 'type A = import("./a.ts").A;\nimport "./d.ts";',
    "src/domain/d.ts": "",
  };
  expect(importCircles(sources)).toEqual([
    "src/domain/a.ts -> src/domain/b.ts -> src/domain/c.ts -> src/domain/a.ts",
  ]);
  expect(importCircles({ ...sources, "src/domain/c.ts": 'import "./d.ts";' })).toEqual([]);
});

test("names are kebab-case and say something", () => {
  const good = [
    "src/message/recorded-event.ts",
    "src/stores/sqlite/append.test.ts",
    "src/domain/view.test-d.ts",
  ];
  expect(namesThatSayNothing(good)).toEqual([]);
  const bad = ["src/eventStore.ts", "src/Domain/view.ts", "src/utils/x.ts", "src/http/http-helpers.ts"];
  expect(namesThatSayNothing(bad)).toHaveLength(bad.length);
});

test("an index exists only where an export points", () => {
  expect(indexesWithoutExport(["src/index.ts", "src/domain/index.ts"], ["src/index.ts"])).toEqual([
    "src/domain/index.ts",
  ]);
});

test("a file above 300 lines needs its reason at the top", () => {
  const long = "x;\n".repeat(301);
  const late = `${long}// Longer than 300 lines because it is late`;
  expect(filesTooLong({ "a.ts": "x;\n".repeat(300), "b.ts": long, "c.ts": late })).toHaveLength(2);
  expect(filesTooLong({ "a.ts": `// Longer than 300 lines because it is one table.\n${long}` })).toEqual([]);
});
