import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { build } from "esbuild";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { root, sourceOfEntryPoints } from "../entry-points.ts";
import { initiated, initiatedWith, strict, yamlOf } from "./deploy-files.ts";
import { makeShop, millrace } from "./millrace.ts";

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

  test("cloudflare writes a schedule where there is something to look for, and none where an object wakes itself", async () => {
    const [alone, following] = [
      await initiatedWith('auth: "none"', "cloudflare"),
      await initiatedWith(strict, "cloudflare"),
    ];
    expect(alone.files["wrangler.jsonc"]).not.toContain("crons");
    expect(following.files["wrangler.jsonc"]).toContain('"crons": ["* * * * *"]');
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
