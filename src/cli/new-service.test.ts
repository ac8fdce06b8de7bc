import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { makeService } from "./new-service.ts";

let place: string;
beforeEach(() => {
  place = mkdtempSync(path.join(tmpdir(), "millrace-new-"));
});
afterEach(() => rmSync(place, { recursive: true }));

test("names the service after its folder and fills every placeholder", () => {
  const folder = path.join(place, "My Shop_2");
  expect(makeService(folder, "^1.2.3")).toBe("my-shop-2");
  const manifest = JSON.parse(readFileSync(path.join(folder, "package.json"), "utf8"));
  expect(manifest).toMatchObject({ name: "my-shop-2", dependencies: { millrace: "^1.2.3" } });
  for (const entry of readdirSync(folder, { recursive: true, encoding: "utf8", withFileTypes: true })) {
    if (entry.isDirectory()) continue;
    expect(readFileSync(path.join(entry.parentPath, entry.name), "utf8"), entry.name).not.toMatch(/\{\{/);
  }
  expect(readFileSync(path.join(folder, ".gitignore"), "utf8")).toMatch(/^node_modules\/$/m);
});

test("the template pins what this package is tested with", () => {
  const folder = path.join(place, "shop");
  makeService(folder, "*");
  const made = JSON.parse(readFileSync(path.join(folder, "package.json"), "utf8"));
  const ours = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
  const { millrace, ...dependencies } = made.dependencies;
  expect(ours.devDependencies).toMatchObject({ ...dependencies, ...made.devDependencies });
  expect(made.engines).toEqual(ours.engines);
});

test("takes an empty folder, refuses any other and leaves it as it was", () => {
  const folder = path.join(place, "shop");
  mkdirSync(folder);
  makeService(folder, "*");
  writeFileSync(path.join(folder, "package.json"), "mine");
  expect(() => makeService(folder, "*")).toThrow(/is not empty/);
  expect(readFileSync(path.join(folder, "package.json"), "utf8")).toBe("mine");
});

test("a place that cannot be is said to be one", () => {
  const file = path.join(place, "file");
  writeFileSync(file, "");
  expect(() => makeService(file, "*")).toThrow(/there is a file of this name/);
  expect(() => makeService(path.join(file, "shop"), "*")).toThrow(/a part of its path is a file/);
  expect(() => makeService(path.join(place, "123"), "*")).toThrow(/needs a letter/);
});
