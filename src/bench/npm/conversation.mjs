// A contestant's side of the conversation with the driver: it does what a line of JSON on stdin says and answers with
// one on stdout. The driver reads its meters between two commands, so nothing happens that they do not see.
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { Counter } from './counter.mjs'

/** Nanoseconds of the same clock that the driver reads. */
export const now = () => Number(process.hrtime.bigint())

const say = line => process.stdout.write(JSON.stringify(line) + '\n')

/**
 * Serves the driver until it has said stop.
 *
 * contestant: setup(), work(handled), fill(jobs), release(), enqueueOne(id), enqueue(jobs), stop(). What fill adds is
 * seen by no worker before release, and setup answers with what the driver has to know of it.
 */
export async function serve (contestant) {
  const counter = new Counter(now)
  const commands = {
    setup: () => contestant.setup(),
    work: () => contestant.work(id => counter.hit(id)),
    fill: async ({ jobs, until }) => {
      counter.expect(until).then(summary => say({ event: 'handled', ...summary }))
      await contestant.fill(jobs)
    },
    release: async () => {
      await contestant.release()
      return { released_ns: now() }
    },
    count: () => ({ count: counter.count }),
    latency: order => latency(contestant, counter, order),
    enqueue: async ({ jobs }) => {
      const begin = now()
      await contestant.enqueue(jobs)
      return { seconds: (now() - begin) / 1e9 }
    },
    stop: async () => {
      await contestant.stop()
      return { count: counter.count }
    }
  }
  try {
    for await (const line of createInterface({ input: process.stdin })) {
      const order = JSON.parse(line)
      say({ answer: order.command, ...(await commands[order.command](order)) })
      if (order.command === 'stop') process.exit(0)
    }
  } catch (failure) {
    fail(failure)
  }
  // The driver is gone.
  process.exit(1)
}

/** Says what went wrong, and ends. */
export function fail (failure) {
  say({ error: String(failure?.message ?? failure).split('\n')[0] })
  console.error(failure)
  process.exit(1)
}

/** One job at a time, at a steady pace; the first ones are not counted. */
async function latency (contestant, counter, { samples, discard, interval_ms: interval }) {
  const total = samples + discard
  const called = new Float64Array(total)
  const returned = new Float64Array(total)
  const started = new Float64Array(total)
  const done = counter.expect(total, started)
  const begin = now()
  for (let id = 0; id < total; id++) {
    const wait = begin / 1e6 + id * interval - now() / 1e6
    if (wait > 0) await sleep(wait)
    called[id] = now()
    await contestant.enqueueOne(id)
    returned[id] = now()
  }
  await done
  const milliseconds = (to, id) => (to[id] - called[id]) / 1e6
  const ids = Array.from({ length: samples }, (_, i) => discard + i)
  return {
    call_to_start_ms: ids.map(id => milliseconds(started, id)),
    enqueue_ms: ids.map(id => milliseconds(returned, id))
  }
}
