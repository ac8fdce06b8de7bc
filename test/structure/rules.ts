import { objectionTo, placeOf } from "./floors.ts";
import { circlesIn, importGraph, type Sources, specifiersIn } from "./imports.ts";

const isTest = (file: string): boolean => /\.test(-d)?\.ts$/.test(file);

/** Tests beside the code may import what they test with; everything else keeps to the house. */
function withoutTests(sources: Sources): Sources {
  return Object.fromEntries(Object.entries(sources).filter(([file]) => !isTest(file)));
}

export function importsThatClimb(sources: Sources): readonly string[] {
  const found: string[] = [];
  const code = withoutTests(sources);
  for (const [file, imported] of importGraph(code)) {
    const from = placeOf(file);
    if (from === undefined) {
      found.push(`${file} stands in no room`);
      continue;
    }
    for (const target of imported) {
      const to = placeOf(target);
      const objection = isTest(target)
        ? "code never imports a test"
        : to === undefined
          ? "it stands in no room"
          : objectionTo(from, to);
      if (objection !== undefined) found.push(`${file} imports ${target}: ${objection}`);
    }
    for (const specifier of specifiersIn(code[file] ?? "")) {
      if (/^millrace(\/|$)/.test(specifier)) {
        found.push(`${file} imports ${specifier}: sources import each other by path`);
      }
    }
  }
  return found;
}

export function importCircles(sources: Sources): readonly string[] {
  return circlesIn(importGraph(withoutTests(sources))).map((circle) => circle.join(" -> "));
}

const kebabCase = /^[a-z0-9]+(-[a-z0-9]+)*(\.(test|test-d))?(\.config)?\.ts$|^[a-z0-9]+(-[a-z0-9]+)*$/;
const drawers = new Set(["util", "utils", "helper", "helpers", "common", "lib", "manager"]);

/** A name says what is inside: kebab-case, and none of the drawers into which anything fits. */
export function namesThatSayNothing(files: readonly string[]): readonly string[] {
  return files.flatMap((file) => {
    const parts = file.split("/");
    const faults = parts.filter((part) => !kebabCase.test(part)).map((part) => `${part} is not kebab-case`);
    const words = parts.flatMap((part) => part.replace(/\..*$/, "").split("-"));
    faults.push(...words.filter((word) => drawers.has(word)).map((word) => `"${word}" says nothing`));
    return faults.map((fault) => `${file}: ${fault}`);
  });
}

/** An index is a public entry point, so it exists only where package.json's exports point. */
export function indexesWithoutExport(
  files: readonly string[],
  entryPoints: readonly string[],
): readonly string[] {
  return files.filter((file) => /(^|\/)index\.ts$/.test(file) && !entryPoints.includes(file));
}

const longestFile = 300;

/** A longer file says why within its first ten lines: "Longer than 300 lines because …". */
export function filesTooLong(sources: Sources): readonly string[] {
  return Object.entries(sources).flatMap(([file, source]) => {
    const lines = source.trimEnd().split("\n");
    if (lines.length <= longestFile) return [];
    const justified = lines.slice(0, 10).some((line) => line.includes("Longer than 300 lines because"));
    return justified ? [] : [`${file} has ${lines.length} lines`];
  });
}
