import { readdirSync, readFileSync } from "node:fs";
import { root } from "../entry-points.ts";
import type { Sources } from "./imports.ts";

/** Every TypeScript file below a folder of the project; nothing if the folder is not there. */
export function readSources(folder: string): Sources {
  const sources: Record<string, string> = {};
  const read = (place: string): void => {
    for (const entry of readdirSync(root + place, { withFileTypes: true })) {
      if (entry.name === "node_modules" || entry.name === "dist" || entry.name.startsWith(".")) continue;
      const file = `${place}/${entry.name}`;
      if (entry.isDirectory()) read(file);
      else if (entry.name.endsWith(".ts")) sources[file] = readFileSync(root + file, "utf8");
    }
  };
  try {
    read(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
  return sources;
}
