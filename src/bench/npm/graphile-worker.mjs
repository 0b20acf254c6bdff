// graphile-worker, as "Batching" and the figures of its documentation have it: website/docs/performance.md.
import { Logger, makeWorkerUtils, run } from 'graphile-worker'
import pg from 'pg'
import { fail, serve } from './conversation.mjs'
import { version } from './version.mjs'

const connectionString = process.env.DATABASE_URL
const logger = new Logger(() => () => {})
const preset = {
  worker: {
    connectionString,
    concurrentJobs: 24,
    maxPoolSize: 25,
    localQueue: { size: 500 },
    completeJobBatchDelay: 0,
    failJobBatchDelay: 0
  }
}
/** How many jobs a call of add_jobs gets. */
const BATCH = 5000

const pool = new pg.Pool({ connectionString, max: 1 })
pool.on('error', fail)
let utils
let runner
let held

serve({
  async setup () {
    utils = await makeWorkerUtils({ pgPool: pool, logger })
    await utils.migrate()
    return {
      version: version('graphile-worker'),
      settings: 'concurrentJobs 24, localQueue 500, completeJobBatchDelay 0, failJobBatchDelay 0',
      unfinished: 'SELECT 1 FROM graphile_worker._private_jobs'
    }
  },

  async work (handled) {
    runner = await run({ preset, logger, noHandleSignals: true, taskList: { noop: async ({ id }) => handled(id) } })
    runner.promise.catch(fail)
  },

  /** In one transaction, by the SQL function that the JavaScript one calls. A queue that grew has been analyzed since. */
  async fill (jobs) {
    held = new pg.Client({ connectionString })
    await held.connect()
    await held.query('BEGIN')
    for (let from = 0; from < jobs; from += BATCH) {
      await held.query(`
        SELECT count(*) FROM graphile_worker.add_jobs(ARRAY(
          SELECT json_populate_record(NULL::graphile_worker.job_spec,
            json_build_object('identifier', 'noop', 'payload', json_build_object('id', id)))
          FROM generate_series($1::int, $2::int) AS id))`, [from, Math.min(from + BATCH, jobs) - 1])
    }
    await held.query('ANALYZE graphile_worker._private_jobs')
  },

  async release () {
    await held.query('COMMIT')
    held.end()
  },

  enqueueOne: id => utils.addJob('noop', { id }),

  async enqueue (jobs) {
    for (let from = 0; from < jobs; from += BATCH) {
      const length = Math.min(BATCH, jobs - from)
      await utils.addJobs(Array.from({ length }, (_, i) => ({ identifier: 'noop', payload: { id: from + i } })))
    }
  },

  async stop () {
    await runner?.stop()
    await utils.release()
  }
})
