import path from "node:path";
import ts from "typescript";

/** Source text by path from the root of the project, with forward slashes. */
export type Sources = Readonly<Record<string, string>>;

/** The files that each file imports, in any way that TypeScript knows: types, re-exports and `import()` too. */
export type ImportGraph = ReadonlyMap<string, readonly string[]>;

export function specifiersIn(source: string): readonly string[] {
  return ts.preProcessFile(source, true, true).importedFiles.map(({ fileName }) => fileName);
}

/** Relative imports only: packages are the business of package.json. */
export function importGraph(sources: Sources): ImportGraph {
  return new Map(
    Object.entries(sources).map(([file, source]) => {
      const imported = specifiersIn(source)
        .filter((specifier) => specifier.startsWith("."))
        .map((specifier) => path.posix.join(path.posix.dirname(file), specifier));
      return [file, [...new Set(imported)]];
    }),
  );
}

/** The circles that a walk through the graph meets, each as the files in order, the first one repeated. */
export function circlesIn(graph: ImportGraph): readonly (readonly string[])[] {
  const circles: (readonly string[])[] = [];
  const done = new Set<string>();
  const trail: string[] = [];
  const visit = (file: string): void => {
    const start = trail.indexOf(file);
    if (start >= 0) circles.push([...trail.slice(start), file]);
    if (start >= 0 || done.has(file)) return;
    trail.push(file);
    for (const next of graph.get(file) ?? []) visit(next);
    trail.pop();
    done.add(file);
  };
  for (const file of graph.keys()) visit(file);
  return circles;
}
