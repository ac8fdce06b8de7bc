import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { build } from "esbuild";
import { describe, expect, test } from "vitest";
import { parseDocument } from "yaml";
import { z } from "zod";
import accounts from "../../examples/online-store/accounts/service.ts";
import { kubernetesFiles } from "../../src/cli/deploy/kubernetes-files.ts";
import { kubernetesProblems } from "../deploy/kubernetes-rules.ts";
import { root, sourceOfEntryPoints } from "../entry-points.ts";
import { makeShop, millrace } from "./millrace.ts";

const functions = (platform: string) => `auth: "none", functions: {
  "complete-small": { from: "./src/service.ts", platform: "${platform}", memoryMb: 512, timeoutSeconds: 20, concurrency: 4 },
}`;

const strict = `services: { billing: "https://billing.example" }, referrers: ["billing"],
  auth: { jwksUrl: "https://id.example/jwks.json", issuer: "https://id.example/", audience: "shop" }`;

/** The files that `deploy init` writes for a service with this in its configuration, and the folder of the service. */
async function initiatedWith(configuration: string, platform: string) {
  const folder = makeShop(configuration);
  const { code, stderr } = await millrace(["deploy", "init", platform], folder);
  expect([code, stderr]).toEqual([0, ""]);
  const out = path.join(folder, "deploy", platform);
  const files = Object.fromEntries(
    readdirSync(out).map((file) => [file, readFileSync(path.join(out, file), "utf8")]),
  );
  return { folder, out, files };
}

/** What it writes for a service with one function. */
function initiated(platform: string, functionPlatform: string) {
  return initiatedWith(functions(functionPlatform), platform);
}

/** Reads a document of YAML in which no key may be there twice, and the short forms of CloudFormation mean nothing. */
function yamlOf(text = ""): unknown {
  const tag = (name: string) => ({ tag: name, resolve: (value: string) => value });
  const document = parseDocument(text, {
    customTags: [
      tag("!Ref"),
      tag("!Sub"),
      { ...tag("!Ref"), collection: "seq" as const, resolve: (value: unknown) => value },
    ] as never,
  });
  expect(document.errors).toEqual([]);
  return document.toJS();
}

async function bundles(file: string, external: readonly string[] = []): Promise<void> {
  const alias = sourceOfEntryPoints();
  await build({
    entryPoints: [file],
    bundle: true,
    write: false,
    platform: "node",
    format: "cjs",
    alias,
    external: [...external],
    logLevel: "silent",
  });
}

describe("millrace deploy init", () => {
  test("aws writes a stack with the service, its schedule and its function", async () => {
    const { files, out } = await initiated("aws", "aws-lambda");
    const lambda = z.looseObject({
      Type: z.literal("AWS::Serverless::Function"),
      Properties: z.strictObject({
        CodeUri: z.string(),
        Handler: z.literal("index.handler"),
        MemorySize: z.int(),
        Timeout: z.int(),
        ReservedConcurrentExecutions: z.int(),
        VpcConfig: z.object({ SubnetIds: z.string(), SecurityGroupIds: z.string() }).optional(),
        Environment: z.object({ Variables: z.record(z.string(), z.string()) }),
        FunctionUrlConfig: z.object({ AuthType: z.literal("NONE") }).optional(),
        Events: z
          .object({
            Http: z.object({ Type: z.literal("HttpApi") }),
            Drain: z.object({
              Type: z.literal("ScheduleV2"),
              Properties: z.object({ ScheduleExpression: z.string(), Input: z.string() }).loose(),
            }),
          })
          .optional(),
      }),
    });
    const template = z
      .looseObject({
        AWSTemplateFormatVersion: z.literal("2010-09-09"),
        Transform: z.literal("AWS::Serverless-2016-10-31"),
        Resources: z.strictObject({ ServiceFunction: lambda, CompleteSmallFunction: lambda }),
      })
      .parse(yamlOf(files["template.yaml"]));
    const { ServiceFunction: service, CompleteSmallFunction: complete } = template.Resources;
    expect(complete.Properties).toMatchObject({
      CodeUri: "../../dist/functions/complete-small",
      MemorySize: 512,
      Timeout: 20,
      ReservedConcurrentExecutions: 4,
    });
    // The function reaches no database and has no rights beyond its log.
    expect(Object.keys(complete.Properties.Environment.Variables)).not.toContain("DATABASE_URL");
    expect(complete.Properties.VpcConfig).toBeUndefined();
    expect(JSON.parse(service.Properties.Events?.Drain.Properties.Input ?? "")).toEqual({ drain: {} });
    expect(service.Properties.Environment.Variables.MILLRACE_FUNCTIONS).toBe(
      `complete-small=$${"{CompleteSmallFunctionUrl.FunctionUrl}"}`,
    );
    await bundles(path.join(out, "service.ts"), ["pg-native"]);
  });

  test("cloudflare writes what wrangler takes", async () => {
    const { files, out, folder } = await initiated("cloudflare", "cloudflare");
    expect(Object.keys(files).sort()).toEqual([
      "complete-small.wrangler.jsonc",
      "worker.ts",
      "wrangler.jsonc",
    ]);
    await millrace(["functions", "build"], folder);
    // The sources of this project stand for the package.
    writeFileSync(
      path.join(out, "tsconfig.json"),
      JSON.stringify({
        compilerOptions: {
          paths: Object.fromEntries(
            Object.entries(sourceOfEntryPoints()).map(([name, file]) => [name, [file]]),
          ),
        },
      }),
    );
    for (const config of ["wrangler.jsonc", "complete-small.wrangler.jsonc"]) {
      const { status, stdout, stderr } = spawnSync(
        process.execPath,
        [
          path.join(root, "node_modules/wrangler/bin/wrangler.js"),
          ...["deploy", "--dry-run", "--config", config, "--tsconfig", "tsconfig.json", "--outdir", "out"],
        ],
        {
          cwd: out,
          encoding: "utf8",
          env: { ...process.env, WRANGLER_SEND_METRICS: "false", XDG_CONFIG_HOME: out, CI: "1" },
        },
      );
      expect([config, status, `${stdout}${stderr}`]).toEqual([
        config,
        0,
        expect.not.stringContaining("WARNING"),
      ]);
    }
  });

  test("gcp writes a service of Cloud Run, and how its function is deployed", async () => {
    const { files, out } = await initiated("gcp", "google-cloud");
    const service = z.looseObject({
      apiVersion: z.literal("serving.knative.dev/v1"),
      kind: z.literal("Service"),
      metadata: z.strictObject({ name: z.literal("shop") }),
      spec: z.strictObject({
        template: z.strictObject({
          metadata: z.strictObject({ annotations: z.record(z.string(), z.string()) }),
          spec: z.strictObject({
            serviceAccountName: z.string(),
            containerConcurrency: z.int(),
            timeoutSeconds: z.int().max(3600),
            containers: z.tuple([z.looseObject({ image: z.string(), args: z.tuple([z.literal("start")]) })]),
          }),
        }),
      }),
    });
    service.parse(yamlOf(files["service.yaml"]));
    const script = files["functions.sh"] ?? "";
    expect(script).toContain("--memory 512Mi --timeout 20s --max-instances 4");
    expect(script).toContain("$root/dist/functions/complete-small");
    expect(spawnSync("bash", ["-n", path.join(out, "functions.sh")]).status).toBe(0);
  });

  test("kubernetes writes manifests that fit each other, the command line, the routes and the metrics", async () => {
    const facts = {
      service: "accounts",
      config: "production.config.ts",
      toRoot: "../..",
      source: { module: "../../service.ts", exported: "default" },
      isOpen: false,
      functions: [],
      services: ["orders"],
      referrers: ["orders"],
      publishes: true,
      lone: accounts.definition.views.filter(({ key }) => key !== undefined).map(({ name }) => name),
    };
    const files = { ...kubernetesFiles(facts) };
    // What this configuration asks for besides.
    files["configuration.yaml"] +=
      "  JWKS_URL: https://id.example/jwks.json\n  TOKEN_ISSUER: https://id.example/\n  TOKEN_AUDIENCE: accounts\n";
    expect(await kubernetesProblems(files)).toEqual([]);
  });

  test("kubernetes has the relay where what functions decide is persisted", async () => {
    const { files } = await initiated("kubernetes", "aws-lambda");
    expect(files["processor.yaml"]).toContain('"--roles", "processor,relay"');
    expect(files["query.yaml"]).toContain('"--roles", "query"');
    expect(files["configuration.yaml"]).toContain("MILLRACE_FUNCTIONS: complete-small=https://");
  });

  test.each([
    ["aws", "service.ts", "template.yaml", "JWKS_URL: !Ref JwksUrl"],
    ["cloudflare", "worker.ts", "wrangler.jsonc", '"TOKEN_ISSUER": "https://id.example/"'],
  ])(
    "%s writes how it reaches others, and whose tokens it believes",
    async (platform, entry, settings, tokens) => {
      const { files, out } = await initiatedWith(strict, platform);
      expect(files[settings]).toContain("billing=https://billing.example");
      expect(files[settings]).toContain(tokens);
      expect(files[entry]).toContain("services: connectServices({}, ");
      expect(files[entry]).toContain('referrers: ["billing"],');
      expect(files[entry]).toContain("auth: bearerTokens({\n      jwksUrl: ");
      await bundles(path.join(out, entry), ["pg-native"]);
    },
  );

  test.each([
    ["gcp", "service.yaml"],
    ["kubernetes", "configuration.yaml"],
  ])("%s writes how it reaches others", async (platform, settings) => {
    const { files } = await initiatedWith(strict, platform);
    expect(files[settings]).toMatch(/MILLRACE_SERVICES[^#]*billing=https:\/\/billing\.example/);
  });

  test("shows the difference rather than overwrites, and says what is the same", async () => {
    const { folder, out } = await initiated("kubernetes", "fetch");
    const again = await millrace(["deploy", "init", "kubernetes"], folder);
    expect([again.code, again.stdout]).toEqual([
      0,
      expect.stringContaining("same  deploy/kubernetes/query.yaml"),
    ]);
    const file = path.join(out, "query.yaml");
    const changed = readFileSync(file, "utf8").replace("replicas: 2", "replicas: 3");
    writeFileSync(file, changed);
    const shown = await millrace(["deploy", "init", "kubernetes"], folder);
    expect(shown.code).toBe(1);
    expect(shown.stdout).toMatch(/- {2}replicas: 3\n\+ {2}replicas: 2/);
    expect(shown.stderr).toContain("1 of 5 files are different");
    expect(readFileSync(file, "utf8")).toBe(changed);
  });

  test.each([
    ["accounts", "cloudflare"],
    ["payments", "aws"],
  ])("has written what the example %s has for %s", async (service, platform) => {
    const folder = path.join(root, "examples/online-store", service);
    const { code, stdout } = await millrace(["deploy", "init", platform], folder);
    expect([code, stdout]).toEqual([0, expect.not.stringContaining("wrote")]);
  });

  test("knows its platforms", async () => {
    const { code, stderr } = await millrace(["deploy", "init", "azure"], makeShop());
    expect([code, stderr]).toEqual([2, expect.stringContaining("aws, cloudflare, gcp, kubernetes")]);
  });
});
