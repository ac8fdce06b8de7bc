import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { root } from "../entry-points.ts";
import { exportedMetrics } from "./service-facts.ts";

const production = readFileSync(`${root}docs/production.md`, "utf8");
const exported = exportedMetrics();

test("docs/production.md explains every metric, and says what to do about it", () => {
  const rows = [...production.matchAll(/^\| `(millrace_\w+)` \|(.*)\|(.*)\|$/gm)];
  expect(rows.map(([, name]) => name).toSorted()).toEqual([...exported.keys()].toSorted());
  const silent = rows.filter(([, , means = "", todo = ""]) => means.trim() === "" || todo.trim() === "");
  expect(silent.map(([, name]) => name)).toEqual([]);
  // What is read as a quantile has to be known for a histogram.
  const histograms = rows.filter(([, , means = ""]) => means.trim().startsWith("histogram:"));
  const expected = [...exported].filter(([, type]) => type === "histogram");
  expect(histograms.map(([, name]) => name).toSorted()).toEqual(expected.map(([name]) => name).toSorted());
});

test("no page speaks of a metric that is not exported", () => {
  const pages = readdirSync(`${root}docs`).filter((file) => file.endsWith(".md"));
  const unknown = pages.flatMap((page) =>
    [...readFileSync(`${root}docs/${page}`, "utf8").matchAll(/\bmillrace_\w+/g)]
      .map(([name]) => name)
      .filter((name) => {
        const base = name.replace(/_(?:bucket|sum|count)$/, "");
        return !exported.has(name) && exported.get(base) !== "histogram";
      })
      .map((name) => `${page}: ${name}`),
  );
  expect(unknown).toEqual([]);
});
