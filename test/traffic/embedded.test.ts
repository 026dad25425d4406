import { describe } from "vitest";
import { tellStories } from "./stories/index.ts";

describe("traffic on embedded API servers", () => tellStories("embedded"));
