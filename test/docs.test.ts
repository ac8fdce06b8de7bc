import { execFile } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, describe, expect, test } from "vitest";
import { blocksIn, fileNameOf } from "./docs/programs.ts";
import { packageJson, root } from "./entry-points.ts";

const run = promisify(execFile);

const docs = readdirSync(`${root}docs`, { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".md"))
  .map((file) => `docs/${file.replaceAll("\\", "/")}`);
const pages = ["README.md", "CONTRIBUTING.md", ...docs];
const text = (page: string): string => readFileSync(root + page, "utf8");

const compiled = pages
  .flatMap((page) => blocksIn(page, text(page)))
  .filter((block) => block.notCompiled === undefined);

// Inside the project, so that programs find its packages and, by `paths`, its sources under their public names.
mkdirSync(`${root}.programs`, { recursive: true });
const place = mkdtempSync(`${root}.programs/`);
const tsconfig = path.join(place, "tsconfig.json");
writeFileSync(path.join(place, "package.json"), JSON.stringify({ type: "module" }));
writeFileSync(
  tsconfig,
  JSON.stringify({
    extends: "../../tsconfig.json",
    compilerOptions: { noUnusedLocals: false, noUnusedParameters: false },
    include: ["*/*.ts"],
  }),
);
for (const block of compiled) {
  const file = path.join(place, fileNameOf(block));
  mkdirSync(path.dirname(file), { recursive: true });
  // Two blocks of one name would hide one another.
  writeFileSync(file, block.code, { flag: "wx" });
}
afterAll(() => rmSync(place, { recursive: true, force: true }));

describe("programs in the documentation", () => {
  test.runIf(compiled.length > 0)(
    "compile",
    async () => {
      const tsc = path.join(root, "node_modules/typescript/bin/tsc");
      const errors = await run(process.execPath, [tsc, "-p", tsconfig, "--pretty", "false"]).then(
        () => "",
        (failure: { stdout: string }) => failure.stdout,
      );
      expect(errors).toBe("");
    },
    120_000,
  );

  const programs = compiled.filter((block) => block.run !== undefined);
  test.each(programs.map((block) => [block.run, `${block.page}:${block.line}`, block] as const))(
    "%s runs (%s)",
    async (_name, _where, block) => {
      const program = path.join(place, fileNameOf(block));
      const folder = mkdtempSync(path.join(place, "run-"));
      const tsx = import.meta.resolve("tsx");
      await run(process.execPath, ["--import", tsx, program], {
        cwd: folder,
        env: { ...process.env, TSX_TSCONFIG_PATH: tsconfig },
        timeout: 50_000,
      });
    },
    60_000,
  );
});

interface Link {
  readonly page: string;
  /** From the root of the project. */
  readonly target: string;
  readonly anchor: string | undefined;
}

const links: readonly Link[] = pages.flatMap((page) =>
  [...text(page).matchAll(/\]\((?![a-z]+:)([^)#\s]*)(?:#([^)\s]*))?\)/g)].map(([, to = "", anchor]) => ({
    page,
    target: to === "" ? page : path.posix.join(path.posix.dirname(page), to),
    anchor,
  })),
);

test("links between pages lead somewhere", () => {
  const slugs = (page: string) =>
    [...text(page).matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) =>
      heading
        .toLowerCase()
        .replaceAll(/[^\w\s-]/g, "")
        .replaceAll(" ", "-"),
    );
  const broken = links.filter(
    ({ target, anchor }) =>
      !existsSync(root + target) || (anchor !== undefined && !slugs(target).includes(anchor)),
  );
  expect(broken).toEqual([]);
});

test("links of pages in the package lead to what is in it too", () => {
  // Of no use without the repository around them.
  const ofRepository = ["CONTRIBUTING.md", "examples"];
  const shipped = [...packageJson.files, "README.md", "LICENSE"];
  const within = (file: string, places: readonly string[]) =>
    places.some((place) => file === place || file.startsWith(`${place}/`));
  const missing = links
    .filter(({ page, target }) => within(page, shipped) && !within(target, [...shipped, ...ofRepository]))
    .map(({ page, target }) => `${page}: ${target}`);
  expect(missing).toEqual([]);
});

test("URLs in shell lines are quoted where a shell would read their marks as its own", () => {
  const all = [...pages, "templates/service/README.md", "examples/online-store/accounts/README.md"];
  const unquoted = all.flatMap((page) =>
    [...text(page).matchAll(/^```sh\n(.*?)^```$/gms)].flatMap(([, shell = ""]) =>
      [...shell.replaceAll(/'[^']*'|"[^"]*"/g, "").matchAll(/\S*(?:localhost|:\/\/)\S*[?&*]\S*/g)].map(
        ([url]) => `${page}: ${url}`,
      ),
    ),
  );
  expect(unquoted).toEqual([]);
});

test("the text of README.md is wrapped", () => {
  const prose = text("README.md").replaceAll(/^```ts\n.*?^```$/gms, "");
  expect(prose.split("\n").filter((line) => line.length > 130)).toEqual([]);
});

test("no program of PostgreSQL is handed DATABASE_URL, whose parameters of ours it would refuse", () => {
  const handed = [...pages, "src/cli/migrate.ts"].flatMap((page) =>
    [...text(page).matchAll(/\b(?:psql|pg_dump|pg_restore)\b.*\$\{?DATABASE_URL/g)].map(
      ([line]) => `${page}: ${line}`,
    ),
  );
  expect(handed).toEqual([]);
});

test("docs/dependencies.md has a row for each dependency, and for nothing else", () => {
  const rows = [...text("docs/dependencies.md").matchAll(/^\| `([^`]+)`/gm)].map(([, name]) => name);
  const names = [...Object.keys(packageJson.dependencies), ...Object.keys(packageJson.devDependencies)];
  expect(rows.toSorted()).toEqual(names.toSorted());
});
