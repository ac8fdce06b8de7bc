import path from "node:path";
import { fileURLToPath } from "node:url";
import { MillraceError } from "../../errors/millrace-error.ts";

/** Where a service keeps its log and state. */
export type Database =
  | { readonly kind: "sqlite"; readonly path: string }
  | { readonly kind: "memory" }
  | {
      readonly kind: "postgres";
      /** As `pg` takes it. */
      readonly url: string;
      /** Undefined means one that is named as the service is. */
      readonly schema: string | undefined;
    };

const expected =
  'expected "sqlite:" and a path, such as sqlite:./data/app.db, "postgres://user:password@host/database", or "memory:" in development';

/**
 * Reads a database URL: `sqlite:PATH`, where a relative path counts from `folder`, `postgres://…`, where `?schema=` names
 * the schema, or `memory:`. Throws `configuration-invalid`, naming `where` the URL was found, for anything else.
 */
export function parseDatabaseUrl(url: string, where: string, folder: string): Database {
  if (url === "memory:") return { kind: "memory" };
  if (/^postgres(ql)?:/.test(url)) return postgresDatabase(url, where);
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

function postgresDatabase(url: string, where: string): Database {
  // The URL itself is not repeated: it may hold a password.
  if (!URL.canParse(url) || new URL(url).pathname.length < 2) {
    throw invalid(`${where} is no PostgreSQL URL with the name of a database: ${expected}.`);
  }
  const parsed = new URL(url);
  const schema = parsed.searchParams.get("schema") ?? undefined;
  parsed.searchParams.delete("schema");
  return { kind: "postgres", url: parsed.href, schema };
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
