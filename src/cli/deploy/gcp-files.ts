import { addressesOf, type DeployFacts, functionsFor } from "./deploy-facts.ts";

/** A service on Google Cloud: the service as a container on Cloud Run, and each function beside it. */
export function gcpFiles(facts: DeployFacts): Readonly<Record<string, string>> {
  const functions = functionsFor(facts, "google-cloud");
  return {
    "service.yaml": service(facts),
    ...(functions.length === 0 ? {} : { "functions.sh": script(facts) }),
  };
}

function service(facts: DeployFacts): string {
  const { service: name, functions, services } = facts;
  return `# Service ${name} on Cloud Run: the image of the service (see its Dockerfile), which is one deployable unit.
#
#   gcloud iam service-accounts create ${name}
#   gcloud secrets add-iam-policy-binding ${name}-database-url \\
#     --member serviceAccount:${name}@PROJECT.iam.gserviceaccount.com --role roles/secretmanager.secretAccessor
#   gcloud run services replace service.yaml
#
# Before the first deployment, and after a release that says so: DATABASE_URL=… npx millrace migrate
apiVersion: serving.knative.dev/v1
kind: Service
metadata:
  name: ${name}
spec:
  template:
    metadata:
      annotations:
        # One instance at least, with its processor between requests, too: policies, processes and deadlines go on without any.
        autoscaling.knative.dev/minScale: "1"
        autoscaling.knative.dev/maxScale: "10"
        run.googleapis.com/cpu-throttling: "false"
    spec:
      # It may read its secrets, and nothing else.
      serviceAccountName: ${name}@PROJECT.iam.gserviceaccount.com
      containerConcurrency: 200
      timeoutSeconds: 3600
      containers:
        - image: REGION-docker.pkg.dev/PROJECT/services/${name}:0.1.0
          args: ["start"]
          ports:
            - name: http1
              containerPort: 3000
          env:
            - name: DATABASE_URL
              valueFrom:
                secretKeyRef: { name: ${name}-database-url, key: latest }
${
  services.length === 0
    ? ""
    : `            # Where other services are: NAME=URL, with commas.
            - name: MILLRACE_SERVICES
              value: ${addressesOf(facts)}
`
}${
  functions.length === 0
    ? ""
    : `            # NAME=URL of each function, with commas: functions.sh tells them.
            - name: MILLRACE_FUNCTIONS
              value: ""
            - name: MILLRACE_FUNCTION_SECRET
              valueFrom:
                secretKeyRef: { name: ${name}-functions, key: latest }
`
}          startupProbe:
            httpGet: { path: /health/live }
            periodSeconds: 2
            failureThreshold: 30
          livenessProbe:
            httpGet: { path: /health/live }
          resources:
            limits: { cpu: "1", memory: 512Mi }
`;
}

function script(facts: DeployFacts): string {
  const { service: name, toRoot } = facts;
  const commands = functionsFor(facts, "google-cloud").map(
    ({ name: each, settings: { memoryMb, timeoutSeconds, concurrency } }) => `
gcloud functions deploy ${name}-${each} --gen2 --runtime nodejs20 --trigger-http --entry-point ${each} \\
  --source "$root/dist/functions/${each}" \\
  --memory ${memoryMb}Mi --timeout ${timeoutSeconds}s --max-instances ${concurrency} --concurrency 1 \\
  --service-account ${name}-functions@PROJECT.iam.gserviceaccount.com \\
  --set-secrets MILLRACE_FUNCTION_SECRET=${name}-functions:latest \\
  --allow-unauthenticated
echo "${each}=$(gcloud functions describe ${name}-${each} --gen2 --format 'value(serviceConfig.uri)')"
`,
  );
  return `#!/usr/bin/env bash
# Deploys the functions of service ${name}, each under an account that may read their secret and nothing else, and tells where
# they are. They ask for no sign-in of Google: the signature of the relay says who calls.
set -euo pipefail
root="$(dirname "$0")/${toRoot}"

gcloud iam service-accounts describe ${name}-functions@PROJECT.iam.gserviceaccount.com > /dev/null ||
  gcloud iam service-accounts create ${name}-functions
gcloud secrets add-iam-policy-binding ${name}-functions \\
  --member serviceAccount:${name}-functions@PROJECT.iam.gserviceaccount.com --role roles/secretmanager.secretAccessor

(cd "$root" && npx millrace functions build)
${commands.join("")}`;
}
