import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { DatabaseSync } from "@photostructure/sqlite";
import { describe, expect, test } from "vitest";
import { packageVersion } from "../../src/cli/package-version.ts";
import { type Ended, makeShop, millrace, temporaryFolder } from "./millrace.ts";

const stackFrame = /^\s+at .*:\d+:\d+\)?$/m;

function expectMistake(ended: Ended, message: RegExp): void {
  expect(ended.stderr).toMatch(message);
  expect(ended.stderr).not.toMatch(stackFrame);
  expect(ended.code).toBe(1);
  expect(ended.stdout).toBe("");
}

describe("help and misuse", () => {
  const nowhere = temporaryFolder();

  test("--help and --version work anywhere and succeed", async () => {
    const [help, version] = await Promise.all([
      millrace(["--help"], nowhere),
      millrace(["--version"], nowhere),
    ]);
    expect(help.code).toBe(0);
    for (const name of "new dev start events processors parked audit contracts doctor".split(" ")) {
      expect(help.stdout).toMatch(new RegExp(`^ {2}${name}\\b`, "m"));
    }
    expect(help.stdout).toContain("Examples:");
    expect(version).toMatchObject({ code: 0, stdout: `${packageVersion()}\n` });
  });

  test.each([
    [["strat"], /unknown command 'strat'[\s\S]*start/],
    [["start", "--prot", "1"], /unknown option '--prot'/],
    [["start", "--port", "eighty"], /Expected a port from 0 to 65535/],
    [["start", "--roles", "comand"], /Expected one or more of command,query,processor/],
    [["audit", "--sample", "2"], /Expected a share above 0 and up to 1/],
    [["events"], /Usage: millrace events/],
    [["events", "show"], /missing required argument 'stream'/],
    [["parked", "discard", "a", "b"], /required option '--reason <text>' not specified/],
  ])("%j is misuse: exit code 2, and what was expected", async (args, message) => {
    const ended = await millrace(args, nowhere);
    expect(ended.stderr).toMatch(message);
    expect(ended.stderr).not.toMatch(stackFrame);
    expect(ended.code).toBe(2);
  });
});

describe("a configuration", () => {
  test("that is missing is said to be, with what to do", async () => {
    const nowhere = temporaryFolder();
    expectMistake(await millrace(["start"], nowhere), /There is no millrace\.config\.ts in .*millrace new/);
    expectMistake(
      await millrace(["doctor", "-c", "x.ts"], nowhere).then(onlyErrors),
      /There is no configuration/,
    );
  });

  test.each([
    [
      "a syntax error",
      "export default {",
      /millrace\.config\.ts could not be loaded: .*millrace\.config\.ts:\d+/s,
    ],
    ["an import of nothing", 'import "./nothing.ts";', /could not be loaded: .*nothing\.ts/],
    ["a throw", "\nthrow new Error('on purpose');", /on purpose \(millrace\.config\.ts:2:\d+\)/],
    ["no default export", "export const config = {};", /must export a configuration by default/],
    [
      "no service",
      "export default { service: 5 };",
      /"service" of millrace\.config\.ts must be what service/,
    ],
    [
      "a misspelt field",
      'import service from "./src/service.ts"; export default { service, databse: "" };',
      /sets "databse"; expected among service, auth, port, host, database/,
    ],
  ])("with %s is refused without a stack", async (_what, source, message) => {
    const folder = makeShop();
    writeFileSync(path.join(folder, "millrace.config.ts"), source);
    expectMistake(await millrace(["start"], folder), message);
  });

  test("shows the stack of a throw when asked for", async () => {
    const folder = makeShop();
    writeFileSync(path.join(folder, "millrace.config.ts"), "throw new Error('on purpose');");
    const ended = await millrace(["start", "--verbose"], folder);
    expect(ended.stderr).toMatch(/caused by Error: on purpose\n\s+at .*millrace\.config\.ts:1:\d+/);
  });

  test("whose declarations contradict themselves keeps the declaration's error", async () => {
    const folder = makeShop();
    writeFileSync(
      path.join(folder, "src/service.ts"),
      'import { service } from "millrace"; export default service({ name: "Not Kebab", aggregates: [] });',
    );
    expectMistake(await millrace(["start"], folder), /kebab-case.*\[declaration-invalid\]/);
  });

  test("in a package of CommonJS is told to become a module", async () => {
    const folder = makeShop();
    writeFileSync(path.join(folder, "package.json"), "{}");
    expectMistake(await millrace(["start"], folder), /package\.json must say "type": "module"/);
  });
});

describe("settings that do not hold", () => {
  test.each([
    [{ PORT: "eighty" }, /PORT must be a port.*found "eighty".*\[configuration-invalid\]/],
    [{ MILLRACE_ROLES: "cook" }, /MILLRACE_ROLES must be one or more of/],
    [{ LOG_LEVEL: "loud" }, /LOG_LEVEL must be one of/],
    [
      { DATABASE_URL: "mysql://u:secret@db/x" },
      /DATABASE_URL is not a database that Millrace knows: expected/,
    ],
    [
      { DATABASE_URL: "postgres://u:secret@127.0.0.1:1/x" },
      /^error: The database 127\.0\.0\.1:1\/x .*cannot be used right now/,
    ],
    [{ DATABASE_URL: "memory:" }, /for development alone/],
  ])("%j is refused", async (env, message) => {
    expectMistake(await millrace(["start"], makeShop(), env), message);
  });

  test("G12: without an authentication decision start refuses, and says what to write", async () => {
    const folder = makeShop("");
    expectMistake(await millrace(["start"], folder), /auth[\s\S]*\[authentication-undecided\]/);
  });

  test("a database that another program wrote is left alone", async () => {
    const folder = makeShop();
    mkdirSync(path.join(folder, "data"));
    const file = path.join(folder, "data/app.db");
    const database = new DatabaseSync(file);
    database.exec("CREATE TABLE theirs (id INTEGER)");
    database.close();
    expectMistake(await millrace(["start"], folder), /not one of Millrace.*\[store-foreign\]/);
    rmSync(file);
    writeFileSync(file, "not a database at all ".repeat(100));
    expectMistake(await millrace(["start"], folder), /\[store-(foreign|corrupt)\]/);
  });

  test("commands that look at a database do not make one", async () => {
    const folder = makeShop();
    for (const args of [["processors", "list"], ["events", "tail"], ["audit"]]) {
      expectMistake(await millrace(args, folder), /There is no database .*app\.db yet.*DATABASE_URL/);
    }
  });
});

/** The doctor reports on standard output; what it finds is looked at elsewhere. */
function onlyErrors(ended: Ended): Ended {
  return { ...ended, stdout: "", stderr: ended.stderr + ended.stdout };
}
