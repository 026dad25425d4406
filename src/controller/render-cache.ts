import type { Target } from "../domain/placement.ts";
import { type Bundle, type Owner, type Rendered, render, renderKey } from "../domain/render.ts";

/** Bundles that are remembered; each is shared by all clusters that it renders alike for. */
const REMEMBERED = 2048;

/** Remembers what `render` made. Bundles are compared by identity: the same kept revision is the same object. */
export class RenderCache {
  readonly #rendered = new Map<string, Rendered>();
  readonly #ids = new WeakMap<Bundle, number>();
  #lastId = 0;

  render(bundle: Bundle, target: Target, owner: Owner): Rendered {
    const key = `${this.#idOf(bundle)}/${owner.uid}/${renderKey(bundle, target)}`;
    const known = this.#rendered.get(key);
    this.#rendered.delete(key);
    const rendered = known ?? render(bundle, target, owner);
    this.#rendered.set(key, rendered);
    if (this.#rendered.size > REMEMBERED) this.#rendered.delete(this.#rendered.keys().next().value!);
    return rendered;
  }

  #idOf(bundle: Bundle): number {
    const id = this.#ids.get(bundle) ?? ++this.#lastId;
    this.#ids.set(bundle, id);
    return id;
  }
}
