import { describe } from "vitest";
import { tellStories } from "./stories/index.ts";

describe("on embedded API servers", () => tellStories("embedded"));
