import type { Command } from "commander";
import {
  type Config,
  type ServeContext,
  type ServedService,
  serve,
  serveTogether,
  type TogetherConfig,
} from "../hosts/node/index.ts";
import type { Role } from "../runtime/runtime.ts";
import { isTogether, loadConfig } from "./load-config.ts";
import { type ConfigOptions, parsePort, parseRoles, withConfigOptions, withExamples } from "./options.ts";

interface StartOptions extends ConfigOptions {
  readonly port?: number;
  readonly roles?: readonly Role[];
}

export function declareStart(program: Command): void {
  const command = program
    .command("start")
    .description("Run the service in production: needs an authentication decision, logs JSON.")
    .option("-p, --port <port>", "listen on this port instead of PORT or the configuration's", parsePort)
    .option("--roles <roles>", "run these parts only: command,query,processor", parseRoles);
  withConfigOptions(command).action(async (options: StartOptions) => {
    const { config, folder } = await loadConfig(options.config);
    await serveConfig(config, { folder, env: environment(options) });
  });
  withExamples(
    command,
    "millrace start",
    "millrace start --roles command,query --port 8080",
    "DATABASE_URL=sqlite:/var/lib/shop/app.db LOG_LEVEL=warn millrace start",
  );
}

/** Serves the service of a configuration, or all of those that it names. */
export function serveConfig(
  config: Config | TogetherConfig,
  context: ServeContext,
): Promise<Pick<ServedService, "close">> {
  return isTogether(config) ? serveTogether(config, context) : serve(config.service, config, context);
}

/** The environment under the options, which say the same and go first. */
export function environment(options: Pick<StartOptions, "port" | "roles">): NodeJS.ProcessEnv {
  return {
    ...process.env,
    ...(options.port === undefined ? {} : { PORT: String(options.port) }),
    ...(options.roles === undefined ? {} : { MILLRACE_ROLES: options.roles.join(",") }),
  };
}
