/**
 * Where in the schema a value comes from, such as `self, spec, rules, @items`. Steps are appended as Go's slices are: paths
 * that were lengthened from one path may share their memory, and then the later step is the one that both have. What the API
 * server estimates for loops in a loop depends on it.
 */
export class Path {
  static readonly nowhere = new Path([], 0, 0);

  readonly #memory: string[];
  readonly #capacity: number;
  readonly length: number;

  private constructor(memory: string[], length: number, capacity: number) {
    this.#memory = memory;
    this.length = length;
    this.#capacity = capacity;
  }

  static of(variable: string): Path {
    return new Path([variable], 1, 1);
  }

  append(step: string): Path {
    const hasRoom = this.length < this.#capacity;
    const memory = hasRoom ? this.#memory : this.#memory.slice(0, this.length);
    memory[this.length] = step;
    return new Path(memory, this.length + 1, hasRoom ? this.#capacity : Math.max(this.#capacity * 2, 1));
  }

  get steps(): readonly string[] {
    return this.#memory.slice(0, this.length);
  }
}
