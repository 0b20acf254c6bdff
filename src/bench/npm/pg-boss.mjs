// pg-boss with batches, two workers that go on at once after a full one, and LISTEN/NOTIFY: docs/api/workers.md.
import { PgBoss } from 'pg-boss'
import pg from 'pg'
import { fail, serve } from './conversation.mjs'
import { version } from './version.mjs'

const connectionString = process.env.DATABASE_URL
const QUEUE = 'noop'
/** How many jobs a call of insert gets. */
const BATCH = 5000

const boss = new PgBoss({ connectionString, useListenNotify: true })
boss.on('error', fail)
let held

/** Jobs number from to to, without it. */
const jobsOf = (from, to) => Array.from({ length: to - from }, (_, i) => ({ data: { id: from + i } }))

async function insert (jobs, options) {
  for (let from = 0; from < jobs; from += BATCH) {
    await boss.insert(QUEUE, jobsOf(from, Math.min(from + BATCH, jobs)), options)
  }
}

serve({
  async setup () {
    await boss.start()
    await boss.createQueue(QUEUE, { notify: true })
    return {
      version: version('pg-boss'),
      settings: 'batchSize 500, localConcurrency 2, burstWhenBatchFull, LISTEN/NOTIFY',
      // As one of its own indexes has it, lest the question cost more with every job in the history.
      unfinished: `SELECT 1 FROM pgboss.job
        WHERE name = '${QUEUE}' AND state IN ('created', 'retry', 'active', 'failed')`
    }
  },

  async work (handled) {
    const options = { batchSize: 500, localConcurrency: 2, burstWhenBatchFull: true }
    await boss.work(QUEUE, options, async jobs => { for (const job of jobs) handled(job.data.id) })
  },

  /** In one transaction, by the db option. A queue that grew has been analyzed since. */
  async fill (jobs) {
    held = new pg.Client({ connectionString })
    await held.connect()
    await held.query('BEGIN')
    await insert(jobs, { db: { executeSql: (text, values) => held.query(text, values) } })
    await held.query('ANALYZE pgboss.job')
  },

  async release () {
    await held.query('COMMIT')
    held.end()
  },

  enqueueOne: id => boss.send(QUEUE, { id }),

  enqueue: jobs => insert(jobs),

  stop: () => boss.stop({ graceful: true, close: true })
})
