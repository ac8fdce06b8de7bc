import type { Command } from "commander";
import type { DevMessage } from "./dev-message.ts";
import { watchService } from "./dev-watch.ts";
import { ExitCode } from "./exit-code.ts";
import { loadConfig } from "./load-config.ts";
import { type ConfigOptions, parsePort, withConfigOptions, withExamples } from "./options.ts";
import { environment, serveConfig } from "./start.ts";

interface DevOptions extends ConfigOptions {
  readonly port?: number;
  readonly watch: boolean;
}

export function declareDev(program: Command): void {
  const command = program
    .command("dev")
    .description("Run the service for development: restarts when its files change, keeps the database.")
    .option("-p, --port <port>", "listen on this port instead of PORT or the configuration's", parsePort)
    .option("--no-watch", "don't restart on changes");
  withConfigOptions(command).action(async (options: DevOptions) => {
    if (!options.watch) return serveForDevelopment(options);
    const code = await watchService(process.argv.slice(2));
    throw new ExitCode(code);
  });
  withExamples(command, "millrace dev", "millrace dev --port 4000", "DATABASE_URL=memory: millrace dev");
}

async function serveForDevelopment(options: DevOptions): Promise<void> {
  // Present where the process that watches has started this one.
  const tell = (message: DevMessage) => void process.send?.(message);
  const { config, folder } = await loadConfig(options.config, (file) => tell({ kind: "file", file }));
  tell({ kind: "loaded" });
  const served = await serveConfig(config, { folder, env: environment(options), development: true });
  if (process.send === undefined) return;
  // The one that watches lets go in order to stop this one, or has ended: signals do not reach a child on every platform.
  const stop = () => void served.close().finally(() => process.exit(0));
  process.once("disconnect", stop);
  if (!process.connected) stop();
}
