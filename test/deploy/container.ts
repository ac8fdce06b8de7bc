import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { CommanderError } from "commander";
import config from "../../examples/online-store/accounts/millrace.config.ts";
import { commandLine } from "../../src/cli/command-line.ts";
import { resolveSettings, type Settings } from "../../src/hosts/node/settings.ts";
import type { Role } from "../../src/runtime/runtime.ts";
import { root } from "../entry-points.ts";
import { serviceFolder } from "./service-facts.ts";

/** How a manifest starts the service's image. */
export interface Container {
  /** For messages. */
  readonly where: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** What a container does, found out by the real command line and the real settings. */
export interface Understood {
  readonly problems: readonly string[];
  readonly command?: string;
  /** Those that the arguments name. */
  readonly roles?: readonly Role[];
  /** The file of the configuration, in the service's folder. */
  readonly config?: string;
  readonly settings?: Settings;
}

/** Reads a container as the process in it would. */
export async function understand({ where, args, env }: Container): Promise<Understood> {
  const parsed = await parseArguments(args);
  if (typeof parsed === "string") return { problems: [`${where}: ${parsed}`] };
  const { command, options } = parsed;
  const { config: file = "millrace.config.ts", roles } = options;
  const problems: string[] = [];
  if (!existsSync(path.join(root, serviceFolder, file))) {
    return { problems: [`${where}: there is no ${file} in ${serviceFolder}`] };
  }

  const own = namesReadBy(file);
  for (const name of own) if (!env[name]) problems.push(`${where}: ${file} needs ${name}`);
  const read = new Set<string>([...own, "DEBUG"]);
  const seen = new Proxy<Record<string, string | undefined>>(
    { ...env, ...(roles === undefined ? {} : { MILLRACE_ROLES: roles.join(",") }) },
    {
      get(target, name) {
        read.add(String(name));
        return target[String(name)];
      },
    },
  );
  let settings: Settings | undefined;
  try {
    settings = resolveSettings(config, { env: seen, folder: root, development: false });
  } catch (error) {
    problems.push(`${where}: ${String(error)}`);
  }
  for (const [name, value] of Object.entries(env)) {
    if (name === "NODE_OPTIONS")
      problems.push(...unknownFlags(value).map((flag) => `${where}: Node knows no ${flag}`));
    else if (!read.has(name)) problems.push(`${where}: nothing reads ${name}`);
  }
  return {
    problems,
    command,
    config: file,
    ...(roles === undefined ? {} : { roles }),
    ...(settings === undefined ? {} : { settings }),
  };
}

interface ParsedOptions {
  readonly config?: string;
  readonly roles?: readonly Role[];
}

/** What `millrace` makes of the arguments, or what is wrong with them; nothing runs. */
async function parseArguments(
  args: readonly string[],
): Promise<{ readonly command: string; readonly options: ParsedOptions } | string> {
  const program = commandLine();
  let found: { command: string; options: ParsedOptions } | undefined;
  for (const command of program.commands) {
    command.configureOutput({ writeErr() {}, writeOut() {} });
    command.action(() => {
      found = { command: command.name(), options: command.opts<ParsedOptions>() };
    });
  }
  program.configureOutput({ writeErr() {}, writeOut() {} });
  try {
    await program.parseAsync(args, { from: "user" });
  } catch (error) {
    if (error instanceof CommanderError) return `millrace ${args.join(" ")}: ${error.message}`;
    throw error;
  }
  return found ?? `millrace ${args.join(" ")}: does nothing`;
}

/** The variables that a configuration reads by itself. */
function namesReadBy(file: string): readonly string[] {
  const source = readFileSync(path.join(root, serviceFolder, file), "utf8");
  return [...source.matchAll(/process\.env\.(\w+)/g)].map(([, name = ""]) => name);
}

function unknownFlags(options: string): readonly string[] {
  return options
    .split(" ")
    .map((option) => option.replace(/=.*$/, ""))
    .filter((flag) => !process.allowedNodeEnvironmentFlags.has(flag));
}

/** The tag of an image, or what is wrong with it. */
export function tagProblems(where: string, image: string): readonly string[] {
  const tag = /:([\w.-]+)$/.exec(image)?.[1];
  if (tag === undefined) return [`${where}: the image ${image} has no tag`];
  return tag === "latest" ? [`${where}: the image ${image} may be another tomorrow`] : [];
}
