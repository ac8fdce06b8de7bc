import path from "node:path";
import { fileURLToPath } from "node:url";
import { MillraceError } from "../../errors/millrace-error.ts";

/** Where a service keeps its log and state. */
export type Database = { readonly kind: "sqlite"; readonly path: string } | { readonly kind: "memory" };

const expected = 'expected "sqlite:" and a path, such as sqlite:./data/app.db, or "memory:" in development';

/**
 * Reads a database URL: `sqlite:PATH`, where a relative path counts from `folder`, or `memory:`. Throws
 * `configuration-invalid`, naming `where` the URL was found, for anything else.
 */
export function parseDatabaseUrl(url: string, where: string, folder: string): Database {
  if (url === "memory:") return { kind: "memory" };
  if (/^postgres(ql)?:/.test(url)) {
    // The URL itself is not repeated: it may hold a password.
    throw invalid(
      `${where} is a PostgreSQL URL, and this version of Millrace has no PostgreSQL store; ${expected}.`,
    );
  }
  const rest = /^sqlite:(.*)$/s.exec(url)?.[1];
  if (rest === undefined) {
    throw invalid(`${where} is not a database that Millrace knows: ${expected}; found ${shown(url)}.`);
  }
  const file = rest.startsWith("///") ? fileURLToPath(`file:${rest}`) : decoded(rest);
  if (file === "" || file.startsWith("//") || file.startsWith(":")) {
    throw invalid(`${where} names no file: ${expected}; found ${shown(url)}.`);
  }
  return { kind: "sqlite", path: path.resolve(folder, file) };
}

/** A path with `%20` and the like stands for what it escapes; one with a bare `%` for itself. */
function decoded(file: string): string {
  try {
    return decodeURIComponent(file);
  } catch {
    return file;
  }
}

/** The URL without what stands where a password would. */
function shown(url: string): string {
  return JSON.stringify(url.replace(/\/\/[^@/]*@/, "//…@"));
}

function invalid(message: string): MillraceError {
  return new MillraceError("configuration-invalid", message);
}
