const NOTHING: ReadonlySet<never> = new Set();

/** Things by the words that they are found under. */
export class Index<T> {
  readonly #byWord = new Map<string, Set<T>>();

  get(word: string): ReadonlySet<T> {
    return this.#byWord.get(word) ?? NOTHING;
  }

  add(words: readonly string[], thing: T): void {
    for (const word of words) {
      const things = this.#byWord.get(word);
      if (things) things.add(thing);
      else this.#byWord.set(word, new Set([thing]));
    }
  }

  delete(words: readonly string[], thing: T): void {
    for (const word of words) {
      const things = this.#byWord.get(word);
      things?.delete(thing);
      if (things?.size === 0) this.#byWord.delete(word);
    }
  }
}
