import { digest } from "../domain/digest.ts";
import type { Target } from "../domain/placement.ts";
import { type Bundle, DEFAULT_PLATFORM, type Owner, type Platform, type Rendered, render, renderKey } from "../domain/render.ts";
import { RenderError } from "../domain/render-error.ts";
import { type Sketch, sketchOf } from "../domain/traffic/sketch.ts";
import { mentionsTarget } from "../domain/variables.ts";

/** Bundles that are remembered; each is shared by all clusters that it renders alike for. */
const REMEMBERED = 2048;

interface Known {
  readonly content: string;
  readonly mentions: boolean;
}

/**
 * Remembers what `render` made, and its sketch. Bundles are compared by what they say: that of a specification and that of the revision that was
 * kept of it are two objects.
 */
export class RenderCache {
  readonly #rendered = new Map<string, Rendered | RenderError>();
  readonly #bundles = new WeakMap<Bundle, Known>();
  readonly #sketches = new WeakMap<Rendered, Sketch>();
  readonly platform: Platform;

  constructor(platform: Platform = DEFAULT_PLATFORM) {
    this.platform = platform;
  }

  render(bundle: Bundle, target: Target, owner: Owner, stage?: string): Rendered {
    const { content, mentions } = this.#know(bundle);
    const key = `${content}/${owner.uid}/${renderKey(bundle, target, stage, mentions)}`;
    const known = this.#rendered.get(key);
    this.#rendered.delete(key);
    const rendered = known ?? this.#attempt(bundle, target, owner, stage);
    this.#rendered.set(key, rendered);
    if (this.#rendered.size > REMEMBERED) this.#rendered.delete(this.#rendered.keys().next().value!);
    if (rendered instanceof RenderError) throw rendered;
    return rendered;
  }

  sketch(rendered: Rendered): Sketch {
    const sketch = this.#sketches.get(rendered) ?? sketchOf(rendered.objects);
    this.#sketches.set(rendered, sketch);
    return sketch;
  }

  /** What cannot be rendered is as little looked at twice as what can be. */
  #attempt(bundle: Bundle, target: Target, owner: Owner, stage: string | undefined): Rendered | RenderError {
    try {
      return render(bundle, target, owner, this.platform, stage);
    } catch (error) {
      if (error instanceof RenderError) return error;
      throw error;
    }
  }

  #know(bundle: Bundle): Known {
    const known = this.#bundles.get(bundle) ?? { content: digest(bundle), mentions: mentionsTarget(bundle) };
    this.#bundles.set(bundle, known);
    return known;
  }
}
