import { httpSuite } from "./http-suite.ts";
import { overMemory } from "./over-stores.ts";
import { processSuite } from "./process-suite.ts";

httpSuite(overMemory());
processSuite(overMemory());
