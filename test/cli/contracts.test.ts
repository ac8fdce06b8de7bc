import { execFile } from "node:child_process";
import { copyFileSync, existsSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { contract } from "millrace";
import { beforeAll, describe, expect, test } from "vitest";
import { root } from "../entry-points.ts";
import { millrace, temporaryFolder } from "./millrace.ts";
import webShop from "./rich-service.ts";

const run = promisify(execFile);
const folder = temporaryFolder();
const inFolder = (...parts: readonly string[]) => path.join(folder, ...parts);
const written = () =>
  ["json", "ts"].map((end) => readFileSync(inFolder(`contracts/web-shop.${end}`), "utf8"));

/** A database that cannot be opened: contracts need none. */
const env = { DATABASE_URL: "postgres://nobody@127.0.0.1:1/nothing" };

const check = `
import { contract, type EventOf, service, type TypesOf, view } from "millrace";
import { expectTypeOf } from "vitest";
import { z } from "zod";
import webShop from "./contracts/web-shop.ts";
import declared from "./service.ts";

/** Whether types may change is not part of a schema. */
type Writable<T> = { -readonly [K in keyof T]: { -readonly [N in keyof T[K]]: T[K][N] } };

const inferred = contract(declared);
type Written = TypesOf<typeof webShop>;
type Inferred = TypesOf<typeof inferred>;
expectTypeOf<Writable<Written["events"]>>().toEqualTypeOf<Writable<Inferred["events"]>>();
expectTypeOf<Writable<Written["commands"]>>().toEqualTypeOf<Writable<Inferred["commands"]>>();
expectTypeOf<Writable<Written["views"]>>().toEqualTypeOf<Writable<Inferred["views"]>>();
expectTypeOf<EventOf<typeof webShop>["category"]>().toEqualTypeOf<"@web_shop">();

const listings = view({
  name: "listings",
  from: [webShop],
  schema: z.object({ count: z.int() }),
  on: {
    ArticleListed: (row, { data }) => {
      const { listed, since } = data;
      const first: string | undefined = listed.kind === "single" ? listed.item.sku : listed.items[0]?.category.kids[0]?.name;
      return { count: (row?.count ?? 0) + since.length + (first?.length ?? 0) };
    },
  },
});
webShop.commands.article.Unlist("a1", {});
// @ts-expect-error: listed is missing
webShop.commands.article.List("a1", {});
export default service({ name: "reader", uses: [webShop], views: [listings] });
`;

const tsconfig = {
  extends: path.join(root, "tsconfig.json"),
  compilerOptions: {
    allowImportingTsExtensions: true,

    skipLibCheck: true,
  },
  include: ["*.ts", "contracts/*.ts"],
  exclude: [],
};

beforeAll(() => {
  writeFileSync(inFolder("package.json"), JSON.stringify({ type: "module" }));
  symlinkSync(path.join(root, "node_modules"), inFolder("node_modules"), "junction");
  copyFileSync(path.join(root, "test/cli/rich-service.ts"), inFolder("service.ts"));
  writeFileSync(
    inFolder("millrace.config.ts"),
    'import service from "./service.ts"; export default { service, auth: "none" };',
  );
});

describe("millrace contracts write", () => {
  test("writes a document and a module, without a database", async () => {
    const made = await millrace(["contracts", "write"], folder, env);
    expect(made).toEqual({
      code: 0,
      stdout: "Wrote contracts/web-shop.json\nWrote contracts/web-shop.ts\n",
      stderr: "",
    });
    const [document = "", module = ""] = written();
    expect(JSON.parse(document)).toEqual(JSON.parse(JSON.stringify(contract(webShop).document)));
    expect(module).toMatch(
      /^\/\/ Written by `millrace contracts write`; do not edit\.\nimport \{ readContract \} from "millrace";\n/,
    );
    expect(Object.keys(JSON.parse(document).events)).toEqual(["ArticleGone", "ArticleListed"]);
  });

  test("writes a module that compiles at its strictest, and infers what the declaration does", async () => {
    writeFileSync(inFolder("check.ts"), check);
    writeFileSync(inFolder("tsconfig.json"), JSON.stringify(tsconfig));
    const tsc = path.join(root, "node_modules/typescript/bin/tsc");
    const errors = await run(process.execPath, [
      tsc,
      "-p",
      inFolder("tsconfig.json"),
      "--pretty",
      "false",
    ]).then(
      () => "",
      (failure: { stdout: string }) => failure.stdout,
    );
    expect(errors).toBe("");
  }, 120_000);

  test("leaves alone what is as it should be, and a module reads as its document", async () => {
    const before = written();
    const again = await millrace(["contracts", "write", "contracts", "--json"], folder, env);
    expect(JSON.parse(again.stdout)).toEqual([
      { file: "contracts/web-shop.json", status: "same" },
      { file: "contracts/web-shop.ts", status: "same" },
    ]);
    expect(written()).toEqual(before);
    const module = (await import(inFolder("contracts/web-shop.ts"))) as {
      readonly default: { readonly document: unknown };
    };
    expect(module.default.document).toEqual(JSON.parse(before[0] ?? ""));
  });

  test("--check names what differs or is missing, and writes nothing", async () => {
    expect(await millrace(["contracts", "write", "--check"], folder, env)).toMatchObject({
      code: 0,
      stderr: "",
    });
    const module = readFileSync(inFolder("contracts/web-shop.ts"), "utf8");
    writeFileSync(inFolder("contracts/web-shop.ts"), module.replaceAll("\n", "\r\n"));
    expect(await millrace(["contracts", "write", "--check"], folder, env)).toMatchObject({ code: 0 });
    writeFileSync(inFolder("contracts/web-shop.ts"), `${module}// mine\n`);
    rmSync(inFolder("contracts/web-shop.json"));
    const found = await millrace(["contracts", "write", "--check"], folder, env);
    expect(found.code).toBe(1);
    expect(found.stdout).toMatch(
      /^FAIL {2}contracts\/web-shop\.json is missing\nFAIL {2}contracts\/web-shop\.ts differs\n/,
    );
    const json = await millrace(["contracts", "write", "--check", "--json"], folder, env);
    expect(json.code).toBe(1);
    expect(JSON.parse(json.stdout)).toMatchObject([{ status: "missing" }, { status: "differs" }]);
    expect(existsSync(inFolder("contracts/web-shop.json"))).toBe(false);
  });

  test("says so where it cannot write", async () => {
    const ended = await millrace(["contracts", "write", "package.json"], folder, env);
    expect(ended).toMatchObject({ code: 1, stdout: "" });
    expect(ended.stderr).toMatch(/cannot be written to package\.json: .*\[configuration-invalid\]/);
  });
});
