import { spawnSync } from "node:child_process";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import accounts from "../../examples/online-store/accounts/service.ts";
import { kubernetesFiles } from "../../src/cli/deploy/kubernetes-files.ts";
import { kubernetesProblems } from "../deploy/kubernetes-rules.ts";
import { schemaProblems } from "../deploy/kubernetes-schemas.ts";
import { initiated, yamlOf } from "./deploy-files.ts";

describe("millrace deploy init, where services are containers", () => {
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
    const written = { "service.yaml": files["service.yaml"] ?? "" };
    expect(schemaProblems(written)).toEqual([]);
    expect(
      schemaProblems({
        "service.yaml": written["service.yaml"].replace(
          /containerConcurrency: .*/,
          "containerConcurrency: many",
        ),
      }),
    ).toEqual([expect.stringContaining("containerConcurrency must be integer")]);
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
    expect(schemaProblems(files)).toEqual([]);
  });

  test("kubernetes has the relay where what functions decide is persisted", async () => {
    const { files } = await initiated("kubernetes", "aws-lambda");
    expect(schemaProblems(files)).toEqual([]);
    expect(files["processor.yaml"]).toContain('"--roles", "processor,relay"');
    expect(files["query.yaml"]).toContain('"--roles", "query"');
    expect(files["configuration.yaml"]).toContain("MILLRACE_FUNCTIONS: complete-small=https://");
  });
});
