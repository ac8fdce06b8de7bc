import { execFile, spawn } from "node:child_process";
import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { beforeAll, describe, expect, test } from "vitest";
import { root } from "../entry-points.ts";
import { createTask, millrace, temporaryFolder, terminate, watchProcess } from "./millrace.ts";

const run = promisify(execFile);
const shop = path.join(temporaryFolder(), "shop");
const installed = path.join(shop, "node_modules/millrace");

/** What npm install would make: the package as built from the sources now, everything else from this project. */
async function install(): Promise<void> {
  const modules = path.join(shop, "node_modules");
  mkdirSync(installed, { recursive: true });
  for (const name of readdirSync(path.join(root, "node_modules"))) {
    if (name === "millrace") continue;
    symlinkSync(path.join(root, "node_modules", name), path.join(modules, name), "junction");
  }
  const tsc = path.join(root, "node_modules/typescript/bin/tsc");
  const outDir = path.join(installed, "dist");
  await run(process.execPath, [tsc, "-p", path.join(root, "tsconfig.build.json"), "--outDir", outDir]);
  cpSync(path.join(root, "package.json"), path.join(installed, "package.json"));
  const { files } = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8")) as { files: string[] };
  for (const name of files.filter((file) => file !== "dist")) {
    cpSync(path.join(root, name), path.join(installed, name), { recursive: true });
  }
}

/** Runs a program of a package, as `npx` does. */
function npx(module: string, ...args: readonly string[]) {
  return run(process.execPath, [path.join(shop, "node_modules", module), ...args], { cwd: shop });
}

describe("millrace new", () => {
  beforeAll(async () => {
    const made = await millrace(["new", "shop"], path.dirname(shop));
    expect(made).toMatchObject({ code: 0, stderr: "" });
    expect(made.stdout).toMatch(/Made the service shop[\s\S]*cd shop[\s\S]*npm test/);
    await install();
  }, 120_000);

  test("makes a service that passes its tests at once", async () => {
    const { stdout } = await npx("vitest/vitest.mjs", "run", "--reporter=json");
    expect(JSON.parse(stdout)).toMatchObject({ success: true, numPendingTests: 0, numPassedTests: 4 });
  }, 60_000);

  test("makes a service that compiles", async () => {
    await npx("typescript/bin/tsc");
  }, 60_000);

  test("makes a service that serves: the installed command line, without TypeScript of this project", async () => {
    const { PORT, DATABASE_URL, TSX_TSCONFIG_PATH, ...env } = process.env;
    const dev = watchProcess(
      spawn(process.execPath, [path.join(installed, "bin/millrace.js"), "dev", "--port", "0"], {
        cwd: shop,
        env,
        stdio: ["ignore", "pipe", "pipe"],
      }),
    );
    const url = await dev.sees(/(http:\/\/[^"\s]+:\d+)["\s]/);
    const id = await createTask(url, "paint");
    await expect
      .poll(async () => (await fetch(`${url}/v1/views/tasks/${id}`)).status, { timeout: 20_000 })
      .toBe(200);
    expect(await terminate(dev)).toBe(0);
  }, 60_000);

  test("refuses a folder that is not empty", async () => {
    const again = await millrace(["new", "shop"], path.dirname(shop));
    expect(again).toMatchObject({ code: 1, stdout: "" });
    expect(again.stderr).toMatch(/shop is not empty.*\[configuration-invalid\]/);
  });
});
