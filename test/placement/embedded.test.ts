import { describe } from "vitest";
import { tellStories } from "./stories/index.ts";

describe("placement on embedded API servers", () => tellStories("embedded"));
