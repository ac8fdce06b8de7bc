import type { Command } from "commander";
import { serve } from "../hosts/node/index.ts";
import type { Role } from "../runtime/runtime.ts";
import { loadConfig } from "./load-config.ts";
import { parsePort, parseRoles, type ServiceOptions, withExamples, withServiceOptions } from "./options.ts";

interface StartOptions extends ServiceOptions {
  readonly port?: number;
  readonly roles?: readonly Role[];
}

export function declareStart(program: Command): void {
  const command = program
    .command("start")
    .description("Run the service in production: needs an authentication decision, logs JSON.")
    .option("-p, --port <port>", "listen on this port instead of PORT or the configuration's", parsePort)
    .option("--roles <roles>", "run these parts only: command,query,processor", parseRoles);
  withServiceOptions(command).action(async (options: StartOptions) => {
    const { config, folder } = await loadConfig(options.config);
    await serve(config.service, config, { folder, env: environment(options) });
  });
  withExamples(
    command,
    "millrace start",
    "millrace start --roles command,query --port 8080",
    "DATABASE_URL=sqlite:/var/lib/shop/app.db LOG_LEVEL=warn millrace start",
  );
}

/** The environment under the options, which say the same and go first. */
export function environment(options: Pick<StartOptions, "port" | "roles">): NodeJS.ProcessEnv {
  return {
    ...process.env,
    ...(options.port === undefined ? {} : { PORT: String(options.port) }),
    ...(options.roles === undefined ? {} : { MILLRACE_ROLES: options.roles.join(",") }),
  };
}
