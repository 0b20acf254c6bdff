/** Counts the jobs that the handler was called for, and keeps the moments that the driver asks for. */
export class Counter {
  count = 0
  #now
  #expected = { until: Infinity, portion: Infinity, started: null }
  #firstAt = null
  #marks = []
  #done = () => {}

  constructor (now) {
    this.#now = now
  }

  /**
   * Counts from zero. The promise is kept when `until` jobs were counted: when the first one and the last one started,
   * and the last one of each portion. `started`, if there is one, gets the moment of each job at its id.
   */
  expect (until, { portion = Infinity, started = null } = {}) {
    this.count = 0
    this.#expected = { until, portion, started }
    this.#firstAt = null
    this.#marks = []
    return new Promise(resolve => { this.#done = resolve })
  }

  hit (id) {
    const { until, portion, started } = this.#expected
    const count = ++this.count
    if (count === 1) this.#firstAt = this.#now()
    if (started) started[id] = this.#now()
    if (count % portion === 0) this.#marks.push(this.#now())
    if (count === until) {
      this.#done({ count, first_ns: this.#firstAt, last_ns: this.#now(), marks_ns: this.#marks })
    }
  }
}
