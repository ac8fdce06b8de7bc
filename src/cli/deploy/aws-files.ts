import type { DeclaredFunction } from "../declared-functions.ts";
import {
  addressesOf,
  authOf,
  connectionsOf,
  type DeployFacts,
  functionSettings,
  functionsFor,
  importsOf,
  pascalCase,
} from "./deploy-facts.ts";

/** A service on AWS Lambda, with AWS SAM: one stack, which is deployed as a whole. */
export function awsFiles(facts: DeployFacts): Readonly<Record<string, string>> {
  return { "template.yaml": template(facts), "service.ts": entry(facts) };
}

function template(facts: DeployFacts): string {
  const { service, services, isOpen } = facts;
  const functions = functionsFor(facts, "aws-lambda");
  const urls = functions
    .map(({ name }) => `${name}=\${${pascalCase(name)}FunctionUrl.FunctionUrl}`)
    .join(",");
  return `# Service ${service} on AWS Lambda. One stack is one deployable unit: the service as a function, and each of its functions.
#
#   npx esbuild service.ts --bundle --platform=node --format=cjs --outfile=${facts.toRoot}/dist/service/index.js
${functions.length === 0 ? "" : `#   (cd ${facts.toRoot} && npx millrace functions build)\n`}#   sam validate --lint && sam deploy --guided
#
# Before the first deployment, and after a release that says so: DATABASE_URL=… npx millrace migrate
AWSTemplateFormatVersion: "2010-09-09"
Transform: AWS::Serverless-2016-10-31
Description: Service ${service}

Parameters:
  # A secret with the fields "url" (postgres://…, of a user with the least rights, see docs/production.md)${functions.length === 0 ? "" : '\n  # and "functions" ("whsec_" and the base64 of 32 random bytes)'}.
  SecretName:
    Type: String
    Default: ${service}
  # Where the database can be reached from.
  SubnetIds:
    Type: List<AWS::EC2::Subnet::Id>
  SecurityGroupIds:
    Type: List<AWS::EC2::SecurityGroup::Id>
${isOpen ? "" : tokenParameters}${services.length === 0 ? "" : serviceParameter(facts)}
Globals:
  Function:
    Runtime: nodejs20.x
    Architectures: [arm64]
    LoggingConfig:
      LogFormat: JSON

Resources:
  # Commands, queries, the feed and the processors. What a command leads to is handled before its answer is given.
  ServiceFunction:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: ${facts.toRoot}/dist/service
      Handler: index.handler
      MemorySize: 512
      Timeout: 30
      # Each instance has 2 connections to the database: keep below what that allows, or put a pooler between.
      ReservedConcurrentExecutions: 20
      VpcConfig:
        SubnetIds: !Ref SubnetIds
        SecurityGroupIds: !Ref SecurityGroupIds
      Environment:
        Variables:
          DATABASE_URL: !Sub "{{resolve:secretsmanager:\${SecretName}:SecretString:url}}"
${isOpen ? "" : tokenVariables}${services.length === 0 ? "" : "          MILLRACE_SERVICES: !Ref Services\n"}${
  functions.length === 0
    ? ""
    : `          MILLRACE_FUNCTION_SECRET: !Sub "{{resolve:secretsmanager:\${SecretName}:SecretString:functions}}"
          MILLRACE_FUNCTIONS: !Sub "${urls}"
`
}      Events:
        Http:
          Type: HttpApi
        # Deadlines, retries, feeds of other services, and whatever a broken call has left: at most so late.
        Drain:
          Type: ScheduleV2
          Properties:
            ScheduleExpression: rate(1 minute)
            Input: '{"drain": {}}'
            RetryPolicy:
              MaximumRetryAttempts: 0
${functions.map((each) => functionResource(each, facts.toRoot)).join("")}
Outputs:
  Url:
    Value: !Sub "https://\${ServerlessHttpApi}.execute-api.\${AWS::Region}.amazonaws.com"
`;
}

/** Who proves callers to be who they are. */
const tokenParameters = `  # Whose bearer tokens are believed.
  JwksUrl:
    Type: String
  TokenIssuer:
    Type: String
  TokenAudience:
    Type: String
`;

const tokenVariables = `          JWKS_URL: !Ref JwksUrl
          TOKEN_ISSUER: !Ref TokenIssuer
          TOKEN_AUDIENCE: !Ref TokenAudience
`;

function serviceParameter(facts: DeployFacts): string {
  return `  # Where other services are.
  Services:
    Type: String
    Default: ${addressesOf(facts)}
`;
}

/** It needs no rights but to write its log, which SAM gives it: it reaches no database. */
function functionResource({ name, kind, settings }: DeclaredFunction, toRoot: string): string {
  const { memoryMb, timeoutSeconds, concurrency } = settings;
  return `
  # ${kind === "policy" ? "Policy" : "Process"} ${name}, which events are pushed to. The signature says who calls, so the URL asks for nothing else.
  ${pascalCase(name)}Function:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: ${toRoot}/dist/functions/${name}
      Handler: index.handler
      MemorySize: ${memoryMb}
      Timeout: ${timeoutSeconds}
      ReservedConcurrentExecutions: ${concurrency}
      Environment:
        Variables:
          MILLRACE_FUNCTION_SECRET: !Sub "{{resolve:secretsmanager:\${SecretName}:SecretString:functions}}"
          NODE_OPTIONS: --enable-source-maps
      FunctionUrlConfig:
        AuthType: NONE
`;
}

function entry(facts: DeployFacts): string {
  const pushes = facts.functions.length > 0;
  const imports = importsOf(facts);
  return `import { lambdaHandler } from "millrace/aws-lambda";
${imports.sides}
import { openPostgres } from "millrace/postgres";
${imports.service}
${pushes ? `\nconst functions = ${functionSettings(facts)};\n` : ""}
/** The service as one function. It hears of events by looking: a function cannot listen. */
export const handler = lambdaHandler(
  fetchHandler(service, {
    stores: () =>
      openPostgres({
        url: process.env.DATABASE_URL ?? "",
        schema: service.name,
        migrate: false,
        listen: false,
        maxConnections: 2,
      }),
    sides: [commands, queries, processors, feed, health, openApi],
    auth: ${authOf(facts, "process.env")},
${connectionsOf(facts, "process.env")}${pushes ? "    functions: connectFunctions(functions, process.env),\n" : ""}  }),
);
`;
}
