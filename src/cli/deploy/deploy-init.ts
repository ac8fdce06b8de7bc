import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { Argument, type Command } from "commander";
import { createTwoFilesPatch } from "diff";
import { ExitCode } from "../exit-code.ts";
import { loadService } from "../load-config.ts";
import { type ServiceOptions, withExamples, withServiceOptions } from "../options.ts";
import { note, write, writeLine } from "../output.ts";
import { awsFiles } from "./aws-files.ts";
import { cloudflareFiles } from "./cloudflare-files.ts";
import { type DeployFacts, type DeployPlatform, deployFacts, deployPlatforms } from "./deploy-facts.ts";
import { gcpFiles } from "./gcp-files.ts";
import { kubernetesFiles } from "./kubernetes-files.ts";

/** The files of each platform, by name. */
const filesOf: Readonly<Record<DeployPlatform, (facts: DeployFacts) => Readonly<Record<string, string>>>> = {
  aws: awsFiles,
  cloudflare: cloudflareFiles,
  gcp: gcpFiles,
  kubernetes: kubernetesFiles,
};

interface InitOptions extends ServiceOptions {
  readonly out?: string;
}

export function declareDeploy(program: Command): void {
  const deploy = program.command("deploy").description("Write what platforms need to run the service.");

  const init = deploy
    .command("init")
    .addArgument(new Argument("<platform>", "where to").choices(deployPlatforms))
    .description(
      "Write plain, commented files for the service and its functions; show the difference where they are there.",
    )
    .option("--out <folder>", "where to write (default: deploy/PLATFORM)");
  withServiceOptions(init).action(async (platform: DeployPlatform, options: InitOptions) => {
    const out = path.resolve(options.out ?? path.join("deploy", platform));
    const files = filesOf[platform](await deployFacts(await loadService(options), out));
    const differing = [];
    for (const [name, text] of Object.entries(files)) {
      if (await isDifferent(path.join(out, name), text)) differing.push(name);
    }
    if (differing.length === 0) return;
    note(
      `${differing.length} of ${Object.keys(files).length} files are different, and were left as they are: the lines with + are what a new one would have.`,
    );
    throw new ExitCode(1);
  });
  withExamples(init, "millrace deploy init kubernetes", "millrace deploy init aws --out infrastructure");
}

/** Writes a file that is not there; shows what is different in one that is. */
async function isDifferent(file: string, text: string): Promise<boolean> {
  const name = path.relative(process.cwd(), file);
  if (!existsSync(file)) {
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, text);
    await writeLine(`wrote ${name}`);
    return false;
  }
  const found = readFileSync(file, "utf8");
  if (found === text) {
    await writeLine(`same  ${name}`);
    return false;
  }
  await write(createTwoFilesPatch(name, `${name} (new)`, found, text));
  return true;
}
