import { expect, test } from "vitest";
import { root, sourceOfEntryPoints } from "./entry-points.ts";
import {
  filesTooLong,
  importCircles,
  importsThatClimb,
  indexesWithoutExport,
  namesThatSayNothing,
} from "./structure/rules.ts";
import { readSources } from "./structure/sources.ts";

const sources = readSources("src");
const everything = {
  ...sources,
  ...readSources("test"),
  ...readSources("bench"),
  ...readSources("examples"),
};

test("imports go down a floor or stay in their room", () => {
  expect(Object.keys(sources)).not.toEqual([]);
  expect(importsThatClimb(sources)).toEqual([]);
});

test("no imports run in a circle", () => {
  expect(importCircles(everything)).toEqual([]);
});

test("file names are kebab-case and say what is inside", () => {
  expect(namesThatSayNothing(Object.keys(everything))).toEqual([]);
});

test("an index stands only where package.json exports it", () => {
  const entryPoints = Object.values(sourceOfEntryPoints()).map((file) => file.slice(root.length));
  expect(indexesWithoutExport(Object.keys(sources), entryPoints)).toEqual([]);
});

test("a file above 300 lines says why", () => {
  expect(filesTooLong(everything)).toEqual([]);
});
