import type { DeployFacts } from "./deploy-facts.ts";

/** As many processes with processors as the log is ahead of them. */
export function autoscaler({ service, lone }: DeployFacts): string {
  const selector =
    lone.length === 0
      ? ""
      : `          selector:
            matchExpressions:
              # One process at a time works on these, however many there are.
              - { key: processor, operator: NotIn, values: [${lone.join(", ")}] }
`;
  return `# One process for each 1,000 events of the processor that is furthest behind. The metric comes from Prometheus by way of
# prometheus-adapter (https://github.com/kubernetes-sigs/prometheus-adapter), which needs this rule:
#
#   rules:
#     external:
#       - seriesQuery: millrace_processor_lag{namespace!="",pod!=""}
#         resources: { overrides: { namespace: { resource: namespace } } }
#         metricsQuery: max(<<.Series>>{<<.LabelMatchers>>})
#
# The greatest and not the sum: every process tells the lag of the same processors.
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  name: ${service}-processor
  labels: { app.kubernetes.io/name: ${service}, app.kubernetes.io/component: processor }
spec:
  scaleTargetRef:
    apiVersion: apps/v1
    kind: Deployment
    name: ${service}-processor
  minReplicas: 2
  maxReplicas: 6
  metrics:
    - type: External
      external:
        metric:
          name: millrace_processor_lag
${selector}        target:
          type: AverageValue
          averageValue: "1000"
  # Every change of the number moves shares of the work between processes: what passes within a minute is waited for.
  behavior:
    scaleUp:
      stabilizationWindowSeconds: 60
    scaleDown:
      stabilizationWindowSeconds: 300
      policies:
        - { type: Pods, value: 1, periodSeconds: 60 }
`;
}
