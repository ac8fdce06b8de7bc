import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { contract } from "millrace";
import { expect, test } from "vitest";
import accounts from "../accounts/service.ts";
import orders from "../orders/service.ts";
import payments from "../payments/service.ts";
import warehouse from "../warehouse/service.ts";

const store = path.dirname(import.meta.dirname);
const services = ["accounts", "insights", "orders", "payments", "warehouse"];

/** What a service may use besides its own files: the platform, its schemas, Node, and the runner of its tests. */
const shared = /^(millrace(\/.+)?|zod|vitest|node:.+)$/;

test.each(services)("%s imports nothing of another service", (name) => {
  const folder = path.join(store, name);
  const foreign = filesIn(folder).flatMap((file) =>
    importsOf(file)
      .filter((imported) => !shared.test(imported) && !isWithin(folder, file, imported))
      .map((imported) => `${path.relative(store, file)} imports ${imported}`),
  );
  expect(foreign).toEqual([]);
});

test.each(services)("%s has an image of its own, made like the others", async (name) => {
  const { default: config } = (await import(`../${name}/millrace.config.ts`)) as {
    default: { port: number };
  };
  const model = readFileSync(path.join(store, "accounts", "Dockerfile"), "utf8");
  const expected = model.replaceAll("accounts", name).replaceAll("3000", String(config.port));
  expect(readFileSync(path.join(store, name, "Dockerfile"), "utf8")).toBe(expected);
});

test("the contracts that services hold of one another are those that are kept", () => {
  const made = [contract(accounts), contract(orders), contract(payments), contract(warehouse)].map(
    (each) => each.document,
  );
  for (const document of made) {
    for (const holder of ["orders", "insights"].filter((name) => name !== document.service)) {
      const file = path.join(store, holder, "contracts", `${document.service}.json`);
      expect(
        JSON.parse(readFileSync(file, "utf8")),
        `millrace contracts write ../${holder}/contracts`,
      ).toEqual(JSON.parse(JSON.stringify(document)));
    }
  }
});

function filesIn(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.ts$/.test(entry.name))
    .map((entry) => path.join(entry.parentPath, entry.name))
    .filter((file) => !file.includes("node_modules"));
}

function importsOf(file: string): readonly string[] {
  const found = readFileSync(file, "utf8").matchAll(/(?:from|import)\s*\(?\s*"([^"]+)"/g);
  return [...found].map(([, name = ""]) => name);
}

function isWithin(folder: string, file: string, imported: string): boolean {
  return (
    imported.startsWith(".") && path.resolve(path.dirname(file), imported).startsWith(`${folder}${path.sep}`)
  );
}
