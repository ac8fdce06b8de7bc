import { addressesOf, type DeployFacts } from "./deploy-facts.ts";
import { autoscaler } from "./kubernetes-autoscaler.ts";

/** What runs as a Deployment of its own. */
interface Part {
  /** The first of its roles, after which it is named. */
  readonly name: "command" | "query" | "processor";
  readonly roles: string;
  readonly comment: string;
}

/** A service on Kubernetes: a Deployment for each side, of one image, and a Job that migrates. */
export function kubernetesFiles(facts: DeployFacts): Readonly<Record<string, string>> {
  const { functions, publishes } = facts;
  const pushes = functions.length > 0;
  // Who pushes persists what functions decide; who only tells others what happened reads.
  const query = publishes && !pushes ? "query,relay" : "query";
  const processor = pushes ? "processor,relay" : "processor";
  const parts: readonly Part[] = [
    {
      name: "command",
      roles: "command",
      comment: "The command side: an Ingress sends everything below /v1 here but /v1/views and /v1/feeds.",
    },
    {
      name: "query",
      roles: query,
      comment: `The query side${query === "query" ? "" : ", and the relay, which tells other services what happened"}: an Ingress sends /v1/views${query === "query" ? "" : " and /v1/feeds"} here.`,
    },
    {
      name: "processor",
      roles: processor,
      comment: `Views and policies${pushes ? ", and the relay, which takes events to the functions" : ""}. ${pushes && publishes ? "An Ingress sends /v1/feeds here" : "Takes no traffic from outside"}; operators find /admin here.`,
    },
  ];
  return {
    "configuration.yaml": configuration(facts),
    "migration.yaml": migration(facts),
    ...Object.fromEntries(
      parts.map((part) => [
        `${part.name}.yaml`,
        [deployment(facts, part), podService(facts, part), budget(facts, part)]
          .concat(part.name === "processor" ? autoscaler(facts) : [])
          .join("---\n"),
      ]),
    ),
  };
}

function configuration(facts: DeployFacts): string {
  const { service, config, functions, services } = facts;
  const secret =
    functions.length === 0
      ? ""
      : `#   kubectl create secret generic ${service}-functions --from-literal=secret="whsec_$(openssl rand -base64 32)"
`;
  const others =
    services.length === 0
      ? ""
      : `  # Where other services are: NAME=URL, with commas.
  MILLRACE_SERVICES: ${addressesOf(facts)}
`;
  const addresses =
    functions.length === 0
      ? ""
      : `  # Where the functions are: NAME=URL, with commas.
  MILLRACE_FUNCTIONS: ${functions.map(({ name, settings }) => `${name}=${settings.url ?? `https://${name}.example`}`).join(",")}
`;
  return `# What ${config} and the processes read from the environment: add what your configuration asks for. The database is a Secret,
# which is not kept here:
#
#   kubectl create secret generic ${service}-database \\
#     --from-literal=owner-url='postgres://…' --from-literal=command-url='postgres://…' \\
#     --from-literal=query-url='postgres://…' --from-literal=processor-url='postgres://…'
${secret}#
# A user for each role with the least rights (see docs/production.md), or the same URL four times. The schema is named after
# the service, "${service}", unless the URLs say ?schema=.
apiVersion: v1
kind: ConfigMap
metadata:
  name: ${service}
  labels: { app.kubernetes.io/name: ${service} }
data:
  LOG_LEVEL: info
${others}${addresses}`;
}

const podSecurity = `      securityContext:
        runAsNonRoot: true
        runAsUser: 1000
        runAsGroup: 1000
        seccompProfile:
          type: RuntimeDefault
`;

const containerSecurity = `          securityContext:
            allowPrivilegeEscalation: false
            readOnlyRootFilesystem: true
            capabilities:
              drop: [ALL]
`;

function database(service: string, user: string): string {
  return `            - name: DATABASE_URL
              valueFrom:
                secretKeyRef:
                  name: ${service}-database
                  key: ${user}-url
`;
}

function migration({ service }: DeployFacts): string {
  return `# Before each deployment, and before anything else at the first:
#
#   kubectl replace --force -f migration.yaml && kubectl wait --for=condition=complete job/${service}-migration
#
# A Job is not changed once it is there, hence "replace". Processes whose users may make nothing wait for it: they end with
# store-unavailable, and are started again.
apiVersion: batch/v1
kind: Job
metadata:
  name: ${service}-migration
  labels: { app.kubernetes.io/name: ${service}, app.kubernetes.io/component: migration }
spec:
  backoffLimit: 3
  ttlSecondsAfterFinished: 86400
  template:
    metadata:
      labels: { app.kubernetes.io/name: ${service}, app.kubernetes.io/component: migration }
    spec:
      restartPolicy: Never
      automountServiceAccountToken: false
${podSecurity}      containers:
        - name: migrate
          image: registry.example/${service}:0.1.0
          args: ["migrate"]
          env:
${database(service, "owner")}          resources:
            requests: { cpu: 100m, memory: 128Mi }
            limits: { memory: 256Mi }
${containerSecurity}`;
}

function labelsOf({ service }: DeployFacts, { name }: Part): string {
  return `{ app.kubernetes.io/name: ${service}, app.kubernetes.io/component: ${name} }`;
}

function deployment(facts: DeployFacts, part: Part): string {
  const { service, config, functions } = facts;
  const { name, roles, comment } = part;
  const labels = labelsOf(facts, part);
  // Every side has the functions' settings: a process that is one decides wherever it is commanded.
  const secret =
    functions.length === 0
      ? ""
      : `            - name: MILLRACE_FUNCTION_SECRET
              valueFrom:
                secretKeyRef:
                  name: ${service}-functions
                  key: secret
`;
  const replicas =
    name === "processor"
      ? "  # How many there are is the autoscaler's to say: see below.\n"
      : "  replicas: 2\n";
  return `# ${comment}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: ${service}-${name}
  labels: ${labels}
spec:
${replicas}  selector:
    matchLabels: ${labels}
  # No old process is taken away before a new one is ready, which it is once every view is built. Building takes as long as
  # the log is: raise the deadline with it.
  strategy:
    rollingUpdate:
      maxUnavailable: 0
      maxSurge: 1
  progressDeadlineSeconds: 3600
  template:
    metadata:
      labels: ${labels}
    spec:
      automountServiceAccountToken: false
      # A shutdown takes 10 seconds and 2 more to close connections, after the pause of preStop.
      terminationGracePeriodSeconds: 30
${podSecurity}      topologySpreadConstraints:
        - maxSkew: 1
          topologyKey: kubernetes.io/hostname
          whenUnsatisfiable: ScheduleAnyway
          labelSelector:
            matchLabels: ${labels}
      containers:
        - name: ${service}
          image: registry.example/${service}:0.1.0
          args: ["start", "--config", "${config}", "--roles", "${roles}"]
          envFrom:
            - configMapRef:
                name: ${service}
          env:
${database(service, name)}${secret}            # Below the limit of the container, which holds more than the heap.
            - name: NODE_OPTIONS
              value: --max-old-space-size=384
          ports:
            - name: http
              containerPort: 3000
          startupProbe:
            httpGet: { path: /health/live, port: http }
            periodSeconds: 2
            failureThreshold: 30
          livenessProbe:
            httpGet: { path: /health/live, port: http }
            periodSeconds: 10
            timeoutSeconds: 5
            failureThreshold: 3
          readinessProbe:
            httpGet: { path: /health/ready, port: http }
            periodSeconds: 5
            timeoutSeconds: 5
            failureThreshold: 2
          lifecycle:
            preStop:
              # Connections are refused as soon as the process stops: those who send traffic hear of it first.
              exec: { command: ["sleep", "5"] }
          resources:
            requests: { cpu: 250m, memory: 256Mi }
            limits: { memory: 512Mi }
${containerSecurity}`;
}

function podService(facts: DeployFacts, part: Part): string {
  const labels = labelsOf(facts, part);
  return `apiVersion: v1
kind: Service
metadata:
  name: ${facts.service}-${part.name}
  labels: ${labels}
spec:
  selector: ${labels}
  ports:
    - name: http
      port: 80
      targetPort: http
`;
}

function budget(facts: DeployFacts, part: Part): string {
  const labels = labelsOf(facts, part);
  return `apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: ${facts.service}-${part.name}
  labels: ${labels}
spec:
  maxUnavailable: 1
  selector:
    matchLabels: ${labels}
`;
}
