/** Counts the jobs that the handler was called for, and keeps the moments that the driver asks for. */
export class Counter {
  count = 0
  #now
  #until = Infinity
  #started = null
  #firstAt = null
  #done = () => {}

  constructor (now) {
    this.#now = now
  }

  /**
   * Counts from zero. The promise is kept when so many jobs were counted, with the moments at which the first of them
   * started, and the last. An array gets the moment of each at its number.
   */
  expect (until, started = null) {
    this.count = 0
    this.#until = until
    this.#started = started
    this.#firstAt = null
    return new Promise(resolve => { this.#done = resolve })
  }

  hit (id) {
    const count = ++this.count
    if (count === 1) this.#firstAt = this.#now()
    if (this.#started) this.#started[id] = this.#now()
    if (count === this.#until) this.#done({ count, first_ns: this.#firstAt, last_ns: this.#now() })
  }
}
