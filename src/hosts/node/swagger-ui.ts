import { readFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";

const folder = path.dirname(fileURLToPath(import.meta.resolve("swagger-ui-dist/package.json")));

/** A file of Swagger UI by its name, such as `swagger-ui.css`; undefined where there is none. */
export async function swaggerUiFile(name: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
  if (!/^[a-z0-9-]+(\.[a-z0-9-]+)*\.(css|js|png)$/.test(name)) return undefined;
  try {
    return new Uint8Array(await readFile(path.join(folder, name)));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
