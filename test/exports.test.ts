import { existsSync, readFileSync } from "node:fs";
import ts from "typescript";
import { describe, expect, test } from "vitest";
import { packageJson, root, sourceOfEntryPoints } from "./entry-points.ts";

const sources = sourceOfEntryPoints();
const present = Object.entries(sources).filter(([, file]) => existsSync(file));

/** The names that an entry point exports, with `type` before those that leave nothing at run time. */
function exportedNames(program: ts.Program, file: string): readonly string[] {
  const checker = program.getTypeChecker();
  const source = program.getSourceFile(file);
  const module = source && checker.getSymbolAtLocation(source);
  if (module === undefined) return [];
  return checker
    .getExportsOfModule(module)
    .map((symbol) => {
      const target = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
      const typeOnly = symbol.declarations?.some(
        (it) => ts.isExportSpecifier(it) && ts.isTypeOnlyExportDeclaration(it),
      );
      return typeOnly || !(target.flags & ts.SymbolFlags.Value) ? `type ${symbol.name}` : symbol.name;
    })
    .sort();
}

test("every exported subpath has its source", () => {
  const missing = Object.entries(sources).filter(([, file]) => !existsSync(file));
  expect(missing.map(([name]) => name)).toEqual([]);
});

test("types and code of a subpath stand side by side", () => {
  for (const target of Object.values(packageJson.exports)) {
    if (typeof target === "string") continue;
    expect(target.types).toBe(target.default.replace(/\.js$/, ".d.ts"));
  }
});

test("the sources and the names in tsconfig.json agree", () => {
  const config = ts.readConfigFile(`${root}tsconfig.json`, ts.sys.readFile).config;
  const paths = Object.fromEntries(
    Object.entries(sources).map(([name, file]) => [name, [`./${file.slice(root.length)}`]]),
  );
  expect(config.compilerOptions.paths).toEqual(paths);
});

describe("the public names", () => {
  test.each(present)("%s lists its exports one by one", (_name, file) => {
    expect(readFileSync(file, "utf8")).not.toMatch(/export\s+(type\s+)?\*/);
  });

  // A name that comes or goes changes the package for its users: look, then `npm test -- --update`.
  test.runIf(present.length > 0)("are the recorded ones", async () => {
    const program = ts.createProgram(
      present.map(([, file]) => file),
      ts.parseJsonConfigFileContent(
        ts.readConfigFile(`${root}tsconfig.json`, ts.sys.readFile).config,
        ts.sys,
        root,
      ).options,
    );
    const names = Object.fromEntries(present.map(([name, file]) => [name, exportedNames(program, file)]));
    await expect(`${JSON.stringify(names, null, 2)}\n`).toMatchFileSnapshot("exports.snapshot.json");
  });
});
