import { describe, expect, it } from "vitest";
import { Losses } from "../../src/fleet/losses.ts";

const KEY = "VirtualService.networking.istio.io/shop/web";

describe("an object that is no longer seen", () => {
  it.each<[string, (losses: Losses) => void, boolean]>([
    ["is a loss where it is wanted", (losses) => losses.gone(KEY, true), true],
    ["is none where it is not", (losses) => losses.gone(KEY, false), false],
    [
      "is none where we removed it, even if it is wanted again meanwhile",
      (losses) => {
        losses.removing(KEY);
        losses.gone(KEY, true);
      },
      false,
    ],
    [
      "is one where what we removed earlier had come back",
      (losses) => {
        losses.gone(KEY, false);
        losses.removing(KEY);
        losses.forget(KEY);
        losses.gone(KEY, true);
      },
      true,
    ],
    [
      "is none once it is no longer wanted",
      (losses) => {
        losses.gone(KEY, true);
        losses.keep(() => false);
      },
      false,
    ],
  ])("%s", (_, happens, expected) => {
    const losses = new Losses();
    happens(losses);
    expect(losses.has(KEY)).toBe(expected);
  });
});
