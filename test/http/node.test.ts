import { httpSuite } from "./http-suite.ts";
import { overNode } from "./over-node.ts";
import { processSuite } from "./process-suite.ts";

httpSuite(overNode);
processSuite(overNode);
