import { httpSuite } from "./http-suite.ts";
import { overNode } from "./over-node.ts";

httpSuite(overNode);
