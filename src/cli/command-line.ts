import { Command } from "commander";
import { declareAudit } from "./audit.ts";
import { declareContracts } from "./contracts.ts";
import { declareDeploy } from "./deploy/deploy-init.ts";
import { declareDev } from "./dev.ts";
import { declareDoctor } from "./doctor.ts";
import { declareEvents } from "./events.ts";
import { declareFunctions } from "./functions.ts";
import { declareIntegrity } from "./integrity.ts";
import { declareMigrate } from "./migrate.ts";
import { declareNew } from "./new-service.ts";
import { withExamples } from "./options.ts";
import { packageVersion } from "./package-version.ts";
import { declareParked } from "./parked.ts";
import { declareProcessors } from "./processors.ts";
import { declareStart } from "./start.ts";

/** `millrace` with all its commands. Parsing rejects instead of ending the process; see `run`. */
export function commandLine(): Command {
  const program = new Command("millrace")
    .description("Runs and looks after event-driven microservices.")
    .version(packageVersion(), "-V, --version", "print the version")
    .helpOption("-h, --help", "print help")
    .exitOverride()
    .showHelpAfterError("(add --help for what the command takes)")
    .configureHelp({ sortSubcommands: false });
  withExamples(
    program,
    "millrace new shop && cd shop && npm install && npm test",
    "millrace dev",
    "millrace start --roles command,query",
    "millrace processors list",
  );
  declareNew(program);
  declareDev(program);
  declareStart(program);
  declareMigrate(program);
  declareEvents(program);
  declareProcessors(program);
  declareParked(program);
  declareAudit(program);
  declareIntegrity(program);
  declareContracts(program);
  declareFunctions(program);
  declareDeploy(program);
  declareDoctor(program);
  return program;
}
