// A calculator of the plain kind: each operation is done when the next one is pressed. Pure.

const OPERATIONS = { '+': (a, b) => a + b, '−': (a, b) => a - b, '×': (a, b) => a * b, '÷': (a, b) => a / b };
const MOST = 12;

/** What stands in the calculator. */
export class Calculator {
  #entry = '';
  #value = 0;
  #operation = null;
  #equals = 0;

  /** In digits from 0 to 9, with a point; null where there is no result, as after dividing by 0. @returns {string | null} */
  get shown() {
    if (this.#entry) return this.#entry.replace(/^0+(?=\d)/, '');
    return Number.isFinite(this.#value) ? String(Number(this.#value.toPrecision(MOST))) : null;
  }

  /** How often = was pressed in a row with nothing entered. @returns {number} */
  get idle() {
    return this.#equals;
  }

  /** @param {string} key a digit, `.`, an operation, `=`, `C` or `⌫`
   * @returns {string} the digits, where = was pressed after nothing else */
  press(key) {
    const digits = key === '=' && this.#operation === null && /^\d+$/.test(this.#entry) ? this.#entry : '';
    const nothing = this.#entry === '' && this.#operation === null && this.#value === 0;
    this.#equals = key === '=' && nothing ? this.#equals + 1 : 0;
    if (/^[\d.]$/.test(key)) this.#type(key);
    else if (key === '⌫') this.#entry = this.#entry.slice(0, -1);
    else if (key === 'C') this.#clear();
    else this.#operate(key === '=' ? null : key);
    return digits;
  }

  #type(key) {
    if (this.#entry.length >= MOST || (key === '.' && this.#entry.includes('.'))) return;
    this.#entry += key === '.' && !this.#entry ? '0.' : key;
    if (this.#operation === null) this.#value = 0;
  }

  #clear() {
    [this.#entry, this.#value, this.#operation] = ['', 0, null];
  }

  #operate(next) {
    if (!Number.isFinite(this.#value)) this.#clear();
    if (this.#entry) {
      const entered = Number(this.#entry);
      this.#value = this.#operation ? OPERATIONS[this.#operation](this.#value, entered) : entered;
      this.#entry = '';
    }
    this.#operation = next;
  }
}
