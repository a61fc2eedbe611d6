// The stores of a browser that gives the page no database.

/** What is kept until the page is closed, asked for in the same way as a store of IndexedDB. */
export class Memory {
  #all = new Map();

  constructor(keyPath) {
    this.keyOf = (value) => JSON.stringify([].concat(keyPath).map((part) => value[part]));
  }

  #matching(key) {
    const begin = JSON.stringify([].concat(key?.lower ?? key ?? [])).slice(0, -1);
    return [...this.#all].filter(([at]) => at === `${begin}]` || (key?.lower && at.startsWith(`${begin},`)));
  }

  put(value) {
    this.#all.set(this.keyOf(value), value);
  }

  get(key) {
    return { result: this.#matching(key)[0]?.[1] };
  }

  getAll() {
    return { result: [...this.#all.values()] };
  }

  getAllKeys(range) {
    const keys = (range ? this.#matching(range).map(([key]) => key) : [...this.#all.keys()]).map((key) => JSON.parse(key));
    return { result: keys.map((key) => (key.length > 1 ? key : key[0])) };
  }

  delete(key) {
    for (const [at] of this.#matching(key)) this.#all.delete(at);
  }
}
