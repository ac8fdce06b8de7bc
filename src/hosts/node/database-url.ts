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
      /** Default: one that is named as the service is. */
      readonly schema?: string;
      readonly maxConnections?: number;
      readonly listen?: boolean;
    };

const expected =
  'expected "sqlite:" and a path, such as sqlite:./data/app.db, "postgres://user:password@host/database", or "memory:" in development';

/**
 * Reads a database URL: `sqlite:PATH`, where a relative path counts from `folder`, `postgres://…`, where `?schema=`,
 * `?connections=` and `?listen=` are ours and the rest is the driver's, or `memory:`. Throws `configuration-invalid`, naming `where` the URL was found, for anything else.
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
  const taken = (name: string) => {
    const value = parsed.searchParams.get(name);
    parsed.searchParams.delete(name);
    return value ?? undefined;
  };
  const [schema, connections, listen] = [taken("schema"), taken("connections"), taken("listen")];
  if (connections !== undefined && !/^[1-9]\d{0,3}$/.test(connections)) {
    throw invalid(`${where} has "connections=${connections}"; expected a number from 1 to 9999.`);
  }
  if (listen !== undefined && listen !== "true" && listen !== "false") {
    throw invalid(`${where} has "listen=${listen}"; expected true or false.`);
  }
  return {
    kind: "postgres",
    url: parsed.href,
    ...(schema === undefined ? {} : { schema }),
    ...(connections === undefined ? {} : { maxConnections: Number(connections) }),
    ...(listen === undefined ? {} : { listen: listen === "true" }),
  };
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
