/**
 * How far the application has seen each topic, kept where a reload finds it. `sessionStorage` makes it a tab's own;
 * `localStorage` is shared by all tabs of a site, and then the furthest of them counts.
 *
 * @typedef {{getItem(key: string): string | null, setItem(key: string, value: string): void}} Storage
 */
export class Positions {
  #storage;
  #key;
  #failed;

  /**
   * @param {Storage | undefined} storage
   * @param {string} prefix of its keys
   * @param {(error: unknown) => void} failed a full or forbidden storage costs the resuming after a reload, no more
   */
  constructor(storage, prefix, failed) {
    this.#storage = storage;
    this.#key = prefix;
    this.#failed = failed;
    /** Whose positions these are; undefined: nobody's yet. */
    this.user = this.#read('user');
  }

  /** @param {string} user */
  belongTo(user) {
    this.user = user;
    this.#write('user', user);
  }

  /**
   * @param {string} topic
   * @returns {number | undefined}
   */
  get(topic) {
    const stored = this.user === undefined ? undefined : this.#read(`${this.user}\n${topic}`);
    return stored === undefined ? undefined : Number(stored);
  }

  /**
   * @param {string} topic
   * @param {number} offset
   * @param {boolean} [back] also where that is less than before
   */
  set(topic, offset, back = false) {
    if (back || !(Number(this.get(topic)) >= offset)) this.#write(`${this.user}\n${topic}`, String(offset));
  }

  /** @param {string} key */
  #read(key) {
    try {
      return this.#storage?.getItem(this.#key + key) ?? undefined;
    } catch (error) {
      this.#failed(error);
      return undefined;
    }
  }

  /**
   * @param {string} key
   * @param {string} value
   */
  #write(key, value) {
    try {
      this.#storage?.setItem(this.#key + key, value);
    } catch (error) {
      this.#failed(error);
    }
  }
}
