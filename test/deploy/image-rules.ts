import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { z } from "zod";
import { packageJson, root } from "../entry-points.ts";
import { tagProblems, understand } from "./container.ts";
import { serviceFolder, statusOf } from "./service-facts.ts";

interface Instruction {
  readonly name: string;
  readonly text: string;
}

interface Stage {
  readonly image: string;
  readonly name: string | undefined;
  readonly instructions: readonly Instruction[];
}

/** What is wrong with a Dockerfile that is built from the root of the project, under a .dockerignore; empty if nothing is. */
export async function imageProblems(dockerfile: string, dockerignore: string): Promise<readonly string[]> {
  const stages = stagesOf(dockerfile);
  const last = stages.at(-1);
  if (last === undefined) return ["nothing to build"];
  const found: string[] = [];
  const names = new Set<string>();
  for (const stage of stages) {
    if (!names.has(stage.image))
      found.push(...tagProblems("FROM", stage.image), ...nodeProblems(stage.image));
    for (const { text } of stage.instructions.filter(({ name }) => name === "COPY")) {
      found.push(...copyProblems(text, names, dockerignore));
    }
    if (stage.name !== undefined) names.add(stage.name);
  }
  found.push(...dependencyProblems(stages), ...userProblems(last), ...(await startProblems(last)));
  return found;
}

/** The instructions of the last stage and of those that it goes on from. */
function stagesOf(dockerfile: string): readonly Stage[] {
  const lines = dockerfile
    .replaceAll(/^\s*#.*\n/gm, "")
    .replaceAll(/\\\n/g, " ")
    .split("\n");
  const stages: (Stage & { readonly instructions: Instruction[] })[] = [];
  for (const line of lines) {
    const [, name = "", text = ""] = /^([A-Z]+)\s+(.*)$/.exec(line.trim()) ?? [];
    const from = /^(\S+)(?: AS (\S+))?$/.exec(text);
    if (name === "FROM") stages.push({ image: from?.[1] ?? text, name: from?.[2], instructions: [] });
    else if (name !== "") stages.at(-1)?.instructions.push({ name, text });
  }
  return stages;
}

function nodeProblems(image: string): readonly string[] {
  const [, major, minor] = /^node:(\d+)(?:\.(\d+))?/.exec(image) ?? [];
  const [, leastMajor, leastMinor] = /^>=(\d+)\.(\d+)$/.exec(packageJson.engines.node) ?? [];
  if (leastMajor === undefined)
    return [`package.json asks for Node ${packageJson.engines.node}, in a way unknown here`];
  const isEnough =
    Number(major) > Number(leastMajor) ||
    (Number(major) === Number(leastMajor) && Number(minor ?? Number.NaN) >= Number(leastMinor));
  return isEnough ? [] : [`${image} is not known to be Node ${packageJson.engines.node}`];
}

function copyProblems(text: string, stages: ReadonlySet<string>, dockerignore: string): readonly string[] {
  const words = text.split(/\s+/);
  const from = words.find((word) => word.startsWith("--from="))?.slice("--from=".length);
  if (from !== undefined) return stages.has(from) ? [] : [`COPY ${text}: there is no stage ${from} before`];
  const sources = words.filter((word) => !word.startsWith("--")).slice(0, -1);
  return sources.flatMap((source) => {
    if (!existsSync(path.join(root, source))) return `COPY ${text}: there is no ${source}`;
    return isIgnored(source, dockerignore) ? `COPY ${text}: .dockerignore leaves ${source} out` : [];
  });
}

/** Whether a path from the root of the project is left out: the last pattern that matches it, or a folder above it, tells. */
export function isIgnored(file: string, dockerignore: string): boolean {
  let ignored = false;
  for (const line of dockerignore.split("\n").map((each) => each.trim())) {
    if (line === "" || line.startsWith("#")) continue;
    const pattern = line.replace(/^!/, "").replace(/^\/|\/$/g, "");
    const source = pattern
      .replaceAll(/[.+^${}()|[\]]/g, "\\$&")
      .replaceAll(/\*\*\/|\*\*|\*|\?/g, (mark) => wildcards[mark] ?? "");
    if (new RegExp(`^${source}(?:/|$)`).test(file)) ignored = !line.startsWith("!");
  }
  return ignored;
}

const wildcards: Readonly<Record<string, string>> = {
  "**/": "(?:.*/)?",
  "**": ".*",
  "*": "[^/]*",
  "?": "[^/]",
};

const lockFile = z.object({ packages: z.record(z.string(), z.object({ dev: z.boolean().optional() })) });
const servicePackage = z.object({ dependencies: z.record(z.string(), z.string()) });

/** Production dependencies alone, from the lock file, and the driver of PostgreSQL among them. */
function dependencyProblems(stages: readonly Stage[]): readonly string[] {
  const copied = stages.at(-1)?.instructions.flatMap(({ name, text }) => {
    const from = name === "COPY" ? /^--from=(\S+) (\S+)/.exec(text) : null;
    // What is copied of it alone, such as dist/, brings no packages.
    return from?.[2] === "/app" ? (from[1] ?? []) : [];
  });
  const stage = stages.find(({ name }) => name !== undefined && name === copied?.[0]);
  if (stage === undefined || copied?.length !== 1)
    return ["expected /app from one stage, which has its packages"];
  const found: string[] = [];
  const installs = stage.instructions.filter(({ text }) => /\bnpm (?:ci|install)\b/.test(text));
  if (installs.length !== 1 || !installs[0]?.text.startsWith("npm ci --omit=dev")) {
    found.push(`stage ${stage.name} installs more than production dependencies, or not from the lock file`);
  }
  const before = stage.instructions.slice(
    0,
    installs[0] === undefined ? 0 : stage.instructions.indexOf(installs[0]),
  );
  const sources = before.flatMap(({ name, text }) => (name === "COPY" ? text.split(/\s+/).slice(0, -1) : []));
  // npm finds a lock file that speaks of a package without a folder wrong.
  for (const needed of ["package.json", "package-lock.json", "bin", serviceFolder]) {
    if (!sources.some((source) => needed === source || needed.startsWith(`${source}/`))) {
      found.push(`npm ci runs before ${needed} is there`);
    }
  }
  const { packages } = lockFile.parse(JSON.parse(readFileSync(`${root}package-lock.json`, "utf8")));
  const { dependencies } = servicePackage.parse(
    JSON.parse(readFileSync(`${root}${serviceFolder}/package.json`, "utf8")),
  );
  if (dependencies.pg === undefined || packages["node_modules/pg"]?.dev === true) {
    found.push("the driver of PostgreSQL is not among the service's dependencies");
  }
  return found;
}

function userProblems({ instructions }: Stage): readonly string[] {
  const user = instructions.findLast(({ name }) => name === "USER")?.text ?? "root";
  return /^[1-9]\d*(?::[1-9]\d*)?$/.test(user) ? [] : [`runs as ${user}; expected a number above 0`];
}

const words = z.array(z.string());

/** What the image runs when nobody says otherwise, and how it is asked whether it lives. */
async function startProblems({ instructions }: Stage): Promise<readonly string[]> {
  const textOf = (wanted: string) => instructions.findLast(({ name }) => name === wanted)?.text ?? "";
  const found: string[] = [];
  const [program, file] = words.parse(JSON.parse(textOf("ENTRYPOINT")));
  const bin = path.posix.join("/app", packageJson.bin.millrace ?? "");
  if (program !== "node" || file !== bin) found.push(`starts ${program} ${file}; expected node ${bin}`);
  const folder = textOf("WORKDIR");
  if (folder !== `/app/${serviceFolder}`) found.push(`starts in ${folder}`);
  const args = words.parse(JSON.parse(textOf("CMD")));
  const { problems, command, settings } = await understand({ where: "CMD", args, env: {} });
  found.push(...problems);
  if (command !== "start") found.push(`CMD runs ${command}`);
  if (textOf("EXPOSE") !== String(settings?.port))
    found.push(`exposes ${textOf("EXPOSE")}, listens on ${settings?.port}`);

  const check = healthCheckOf(instructions);
  const script = check.at(-1) ?? "";
  if (!script.includes(`process.env.PORT || ${settings?.port}`)) found.push("HEALTHCHECK asks another port");
  const route = /'(\/[\w/]+)'/.exec(script)?.[1] ?? "";
  if (route === "/health/ready") found.push("HEALTHCHECK has a process that builds a view restarted");
  if ((await statusOf(route, ["processor"])) !== 200)
    found.push(`HEALTHCHECK asks ${route}, which does not answer 200`);
  return found;
}

/** The words of the command by which the image is asked whether it lives. */
export function healthCheck(dockerfile: string): readonly string[] {
  return healthCheckOf(stagesOf(dockerfile).at(-1)?.instructions ?? []);
}

function healthCheckOf(instructions: readonly Instruction[]): readonly string[] {
  const text = instructions.findLast(({ name }) => name === "HEALTHCHECK")?.text ?? "";
  return words.parse(JSON.parse(/CMD (\[.*\])$/.exec(text)?.[1] ?? "[]"));
}
