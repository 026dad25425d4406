import { describe } from "vitest";
import { tellStories } from "./stories/index.ts";

describe("certificates on embedded API servers", () => tellStories("embedded"));
