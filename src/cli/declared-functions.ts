import path from "node:path";
import { pathToFileURL } from "node:url";
import { MillraceError } from "../errors/millrace-error.ts";
import { checkedFunction, type FunctionSettings } from "../transports/connect-functions.ts";
import type { LoadedConfig } from "./load-config.ts";

/** A function of a configuration. */
export interface DeclaredFunction {
  readonly name: string;
  readonly kind: "policy" | "process" | "processor";
  readonly settings: FunctionSettings;
}

/** The functions that a configuration declares. Throws `configuration-invalid` for one that is nothing of the service. */
export function declaredFunctions({ config }: LoadedConfig): readonly DeclaredFunction[] {
  const { policies, processes, views, projections, name: service } = config.service.definition;
  const kinds = new Map<string, DeclaredFunction["kind"]>([
    ...[...views, ...projections].map(({ name }) => [name, "processor"] as const),
    ...policies.map(({ name }) => [name, "policy"] as const),
    ...processes.map(({ name }) => [name, "process"] as const),
  ]);
  return Object.entries(config.functions ?? {}).map(([name, options]) => {
    const kind = kinds.get(name);
    const settings = checkedFunction(`"functions.${name}" of the configuration`, options);
    if (kind !== undefined && (kind !== "processor" || settings.takes === "doorbell")) {
      return { name, kind, settings };
    }
    const expected = [...policies, ...processes].map((each) => each.name);
    throw new MillraceError(
      "configuration-invalid",
      `"functions" of the configuration names ${JSON.stringify(name)}, which is no policy or process of service ${service}; expected among ${[...new Set(expected)].join(", ") || "none"}.`,
    );
  });
}

/** Where a function is exported: the module, and its name there. Rejects with `configuration-invalid`. */
export async function exportOf(
  { name, kind, settings }: DeclaredFunction,
  folder: string,
): Promise<{ readonly file: string; readonly exported: string }> {
  if (settings.from === undefined) {
    throw new MillraceError(
      "configuration-invalid",
      `"functions.${name}" of the configuration says nothing of where it is; expected "from" with the module that exports ${kind} ${name}.`,
    );
  }
  const file = path.resolve(folder, settings.from);
  let module: Readonly<Record<string, unknown>>;
  try {
    module = (await import(pathToFileURL(file).href)) as typeof module;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new MillraceError(
      "configuration-invalid",
      `${settings.from}, of "functions.${name}" of the configuration, could not be loaded: ${reason}`,
      { cause },
    );
  }
  for (const [exported, value] of Object.entries(module)) {
    const found = value as { readonly kind?: unknown; readonly name?: unknown } | null | undefined;
    if (found?.kind === kind && found.name === name) return { file, exported };
  }
  throw new MillraceError(
    "configuration-invalid",
    `${settings.from} does not export ${kind} ${name}; it exports ${Object.keys(module).join(", ") || "nothing"}.`,
  );
}
