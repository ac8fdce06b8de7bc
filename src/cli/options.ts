import { type Command, InvalidArgumentError } from "commander";
import type { Role } from "../runtime/runtime.ts";
import { everyRole } from "../runtime/runtime.ts";

/** What every command that loads a configuration takes. */
export interface ConfigOptions {
  readonly config?: string;
  readonly verbose?: boolean;
}

/** What every command that looks at a service takes. */
export interface ServiceOptions extends ConfigOptions {
  readonly service?: string;
}

export interface ListOptions extends ServiceOptions {
  readonly json?: boolean;
}

/** Adds the options of a command that loads a configuration. */
export function withConfigOptions(command: Command): Command {
  return command
    .option("-c, --config <file>", "the service's configuration (default: millrace.config.ts here)")
    .option("--verbose", "show where an error happened");
}

/** Adds the options of a command that looks at a service. */
export function withServiceOptions(command: Command): Command {
  return withConfigOptions(command).option(
    "--service <name>",
    "which service, where the configuration names several",
  );
}

/** Adds the options of a command that lists something. */
export function withListOptions(command: Command): Command {
  return withServiceOptions(command).option("--json", "print JSON for other programs");
}

/** Examples at the end of a command's help. */
export function withExamples(command: Command, ...examples: readonly string[]): Command {
  return command.addHelpText(
    "after",
    `\nExamples:\n${examples.map((example) => `  $ ${example}`).join("\n")}`,
  );
}

export function parseCount(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("Expected a whole number of at least 0.");
}

/** A share, as a number above 0 up to 1 or as a percentage. */
export function parseShare(text: string): number {
  const share = text.endsWith("%") ? Number(text.slice(0, -1)) / 100 : Number(text);
  if (text !== "" && share > 0 && share <= 1) return share;
  throw new InvalidArgumentError("Expected a share above 0 and up to 1, such as 0.05 or 5%.");
}

export function parsePort(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text);
  throw new InvalidArgumentError("Expected a port from 0 to 65535.");
}

export function parseRoles(text: string): readonly Role[] {
  const roles = text.split(",").map((name) => everyRole.find((role) => role === name.trim()));
  if (roles.every((role) => role !== undefined)) return roles;
  throw new InvalidArgumentError(`Expected one or more of ${everyRole.join(",")}, with commas.`);
}
