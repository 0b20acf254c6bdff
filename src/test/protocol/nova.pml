/*
 * Nova's protocol: who may write what to a run, and when. A SPIN model, searched whole by `check` beside this file,
 * which then takes out one fence after the other and demands that the search finds the fault.
 *
 * What is modelled. A claim is one row that lists runs with their attempts; it writes nothing to the runs. A run that
 * lasts is marked running; every run is settled once. Each statement of `store/*.sql` that writes a run or a claim is one
 * atomic step with the WHERE clause of the SQL as its guard; a guard that does not hold is a write that changes nothing.
 *
 * What the rest of the world does. Anything, which is why the model is small: nobody in it remembers anything.
 *  - An execution has no state of its own. From the moment of its claim it may mark, settle and hand back at any time, in
 *    any order, any number of times, for ever, or never. That covers lost, late and doubled messages; a resend after a
 *    lost acknowledgement; an outcome that may be both unmarked and marked; a skill that did not notice its cancellation;
 *    a zombie; a process that died. What a node really sends is a part of it.
 *  - The poller knows nothing of what is in flight and may claim any queued run at any time, for any node.
 *  - A node may be rescued at any time, alive or not, any number of times, and claims may be written for it before and
 *    after: so it does not matter who declares it dead (the cluster that has removed it, or its silence), whether rightly,
 *    whether two rescuers do so at once, and whether it ever learns of it. A rescue that ran beside another write may
 *    have missed runs (READ COMMITTED: its snapshot is older than the row that it waited for): any of them.
 *  - A claim row may go at any time: released, handed back, or finished. So it does not matter whether the deletion of
 *    finished claims is right, and a claim row seen in an old snapshot is the case `NO_..._ROW`.
 *  - A person may reset, cancel or delete at any time.
 * Only the number of claims is bounded: attempts rise at most once a claim, so everything else is finite by itself.
 * Another run touches this one only through the claim row they share, and that row comes and goes as it likes here.
 * So one run stands for any number; the configuration with two runs is there to confirm it.
 *
 * What must hold.
 *  wrote_to_an_ended_run   Nothing ends twice: succeeded, failed and cancelled are written once and never changed.
 *  past_attempt_wrote      No write of an attempt that is no longer the current one takes effect. An execution is
 *                          current while as many attempts are over as its claim says, and nobody else holds the run
 *                          marked. (Two claims of the same attempt are both current until one of them writes.)
 *  charged_twice           A rescue charges an attempt only if it has not been charged yet.
 *  miscounted              attempts = attempts that are over + the one that is marked. So every rise is one charge.
 *  began_one_too_many      No attempt begins beyond max_attempts, unless a person put the run back.
 *  lost                    Whatever state the cluster is in: if all nodes die now and each is rescued, then no run is
 *                          left running, and no claim row is left that hides a queued one from the poller.
 * Safety only: that a poller claims, a node beats and a rescuer sweeps in the end is not said here. Nor are the
 * checkpoints of steps, limits (exact only while one poller claims: there the epoch counts), and columns that only inform.
 *
 * Switches, each without one fence. Needed for safety, and found missing:
 *   NO_MARK_QUEUED NO_MARK_ATTEMPTS                             mark.sql
 *   NO_SETTLE_QUEUED NO_SETTLE_ATTEMPTS                         settle.sql, a run not marked
 *   NO_SETTLE_RUNNING NO_SETTLE_CLAIM_ID                        settle.sql, a marked run
 *   NO_HANDBACK_RUNNING NO_HANDBACK_CLAIM_ID NO_TAKEN_OUT       hand_back.sql
 *   NO_RESCUE_QUEUED NO_RESCUE_ATTEMPTS                         rescue.sql, a run not marked
 *   NO_RESCUE_RUNNING NO_RESCUE_MAX NO_RESCUE_OF_MARKED         rescue.sql, a marked run
 *   NO_PROMOTE_WAITING                                          promote.sql
 * The `queued` of mark, settlement and rescue is there for people alone: only a hand-made cancel ends a run and leaves its
 * attempts as they were.
 *
 * Not needed for safety; each spares work that would come to nothing:
 *   NO_MARK_ROW NO_SETTLE_ROW   the claim row is still there. So it does no harm that a statement may see it in an old
 *                               snapshot. They would be needed if attempts could go down other than by a hand-back, such
 *                               as a `retry` that sets them to 0 in the same row: never do that.
 *   NO_RESCUE_HOLDER            a rescue of everybody is the rescue of nodes that are alive, which is harmless too
 *   NO_CLAIM_QUEUED             what cannot be claimed cannot be marked or settled either
 *   NO_EPOCH                    the poller of this model is as ignorant as a deposed one
 *   CLAIM_ID_STAYS              hand-back and rescue leave claim_id behind, as a person's reset does
 *
 * Two variants, which say what the protocol leans on:
 *   RESCUE_ONCE   Each node is rescued once, seeing all, and whoever holds the lease claims no more for it. Then the claim
 *                 row in the mark and the epoch in the claim are needed, or a run is lost. Nova's rescuer comes back for
 *                 whoever still holds something (holders.sql), and that is why they are not.
 *   GIVEN_BACK    A hand-back takes its run out of the claim, and a rescue never charges it (charged_although_given_back). In
 *                 searches of its own, because it takes a bit for each run of each claim; without this switch the hand-back
 *                 leaves the claim as it is, which is safe all the same.
 *   NO_TAKEN_OUT  With GIVEN_BACK: it does not. The row stays for the other runs and goes on listing it; the node dies; the
 *                 rescue charges a death that was not this run's, even where another node has started it by then.
 */
#ifndef RUNS
#define RUNS 1
#endif
#ifndef MAXC
#define MAXC 4      /* claims */
#endif
#ifndef MAXATT
#define MAXATT 2    /* max_attempts: below MAXC, or it is never reached */
#endif
#define NODES 2
#define ALL ((1 << RUNS) - 1)    /* a set of runs is a mask */

mtype = { QUEUED, RUNNING, RETRY, ENDED, DELETED };   /* RETRY: scheduled too; ENDED: succeeded, failed, cancelled */

/* The table `runs`. */
mtype status[RUNS];
byte attempts[RUNS];
byte claim_id[RUNS];       /* 0: NULL */
byte claimed_by[RUNS];     /* 0: NULL, else the node + 1 */

/* The table `claims`; ids from 1. What a claim said is kept when its row is gone, for the executions that go on. */
#define IX(c, r) ((c) * RUNS + (r))
bool row[MAXC + 1];
byte node_of[MAXC + 1];
bool listed[(MAXC + 1) * RUNS];
byte att[(MAXC + 1) * RUNS];
byte next_claim = 1;

bit lease;                 /* which of two pollers holds it; the first is deposed at some point and goes on */

/* What really happened, counted apart from the tables. */
byte over[RUNS];           /* attempts that are over, charged each once */
byte holder[RUNS];         /* the claim whose attempt is marked and under way, 0: none */
bool put_back[RUNS];       /* by a person */
#ifdef RESCUE_ONCE
bool gone[NODES];
#define GONE(n) gone[n]
#define HALF_BLIND false
#else
#define GONE(n) false
#define HALF_BLIND true
#endif
#ifdef GIVEN_BACK          /* taken out of the claim, whose executions may still be on their way */
bool given_back[(MAXC + 1) * RUNS];
#endif

bool wrote_to_an_ended_run, past_attempt_wrote, charged_twice, miscounted, began_one_too_many, lost;
#ifdef GIVEN_BACK
bool charged_although_given_back;
#endif
#define demand(fault, holds) fault = !(holds); assert(!fault)

#ifdef BREADTH_FIRST       /* for a shortest trace; spin cannot hide variables from that search */
byte i, j, hit;
#else
hidden byte i, j, hit;     /* of one step only */
#endif

/* ---- the fences, as the SQL has them ---- */
#ifdef NO_MARK_QUEUED
#define MARK_QUEUED true
#else
#define MARK_QUEUED (status[r] == QUEUED)
#endif
#ifdef NO_MARK_ATTEMPTS
#define MARK_ATTEMPTS true
#else
#define MARK_ATTEMPTS (attempts[r] == att[IX(c, r)])
#endif
#ifdef NO_MARK_ROW
#define MARK_ROW true
#else
#define MARK_ROW row[c]
#endif
#ifdef NO_SETTLE_QUEUED
#define SETTLE_QUEUED true
#else
#define SETTLE_QUEUED (status[r] == QUEUED)
#endif
#ifdef NO_SETTLE_ATTEMPTS
#define SETTLE_ATTEMPTS true
#else
#define SETTLE_ATTEMPTS (attempts[r] == att[IX(c, r)])
#endif
#ifdef NO_SETTLE_ROW
#define SETTLE_ROW true
#else
#define SETTLE_ROW row[c]
#endif
#ifdef NO_SETTLE_RUNNING
#define SETTLE_RUNNING true
#else
#define SETTLE_RUNNING (status[r] == RUNNING)
#endif
#ifdef NO_SETTLE_CLAIM_ID
#define SETTLE_CLAIM_ID true
#else
#define SETTLE_CLAIM_ID (claim_id[r] == c)
#endif
#ifdef NO_HANDBACK_RUNNING
#define HANDBACK_RUNNING true
#else
#define HANDBACK_RUNNING (status[r] == RUNNING)
#endif
#ifdef NO_HANDBACK_CLAIM_ID
#define HANDBACK_CLAIM_ID true
#else
#define HANDBACK_CLAIM_ID (claim_id[r] == c)
#endif
#ifdef NO_TAKEN_OUT
#define TAKEN_OUT true
#elif defined(GIVEN_BACK)
#define TAKEN_OUT (!given_back[IX(j, r)])
#else
#define TAKEN_OUT true
#endif
#ifdef NO_RESCUE_QUEUED
#define RESCUE_QUEUED true
#else
#define RESCUE_QUEUED (status[r] == QUEUED)
#endif
#ifdef NO_RESCUE_ATTEMPTS
#define RESCUE_ATTEMPTS true
#else
#define RESCUE_ATTEMPTS (attempts[r] == att[IX(j, r)])
#endif
#ifdef NO_RESCUE_RUNNING
#define RESCUE_RUNNING true
#else
#define RESCUE_RUNNING (status[r] == RUNNING)
#endif
#ifdef NO_RESCUE_HOLDER
#define RESCUE_HOLDER true
#else
#define RESCUE_HOLDER (claimed_by[r] == n + 1)
#endif
#ifdef NO_RESCUE_MAX
#define RESCUE_MAX false
#else
#define RESCUE_MAX (attempts[r] >= MAXATT)
#endif
#ifdef NO_RESCUE_OF_MARKED     /* looks for its runs in the claim rows alone: that of a marked run may be gone */
#define RESCUE_OF_MARKED (claim_id[r] != 0 && row[claim_id[r]])
#else
#define RESCUE_OF_MARKED true
#endif
#ifdef NO_PROMOTE_WAITING
#define PROMOTE_WAITING true
#else
#define PROMOTE_WAITING (status[r] == RETRY)
#endif
#ifdef NO_CLAIM_QUEUED
#define CLAIM_QUEUED(r) (status[r] != DELETED)
#else
#define CLAIM_QUEUED(r) (status[r] == QUEUED)
#endif
#ifdef NO_EPOCH
#define EPOCH (poller <= lease)
#else
#define EPOCH (lease == poller)
#endif
#ifdef CLAIM_ID_STAYS
#define NULL_CLAIM_ID(r)
#else
#define NULL_CLAIM_ID(r) claim_id[r] = 0
#endif

/* ---- what every write must satisfy; a write that ends an attempt counts it ---- */
#define EXISTS (status[r] != DELETED)
#define CURRENT (over[r] == att[IX(c, r)] && (holder[r] == 0 || holder[r] == c))

inline still_open(r) { demand(wrote_to_an_ended_run, status[r] != ENDED) }
inline counted(r) { demand(miscounted, attempts[r] == over[r] + (holder[r] != 0)) }

/* settle.sql: what = ENDED or RETRY */
inline settle(c, r, what) {
  printf("claim %d settles run %d: %e, was %e with %d attempts\n", c, r, what, status[r], attempts[r]);
  still_open(r);
  demand(past_attempt_wrote, CURRENT);
  status[r] = what;
  attempts[r] = att[IX(c, r)] + 1;
  claim_id[r] = c;
  claimed_by[r] = node_of[c] + 1;
  over[r]++;
  holder[r] = 0;
  counted(r)
}

/* The execution of one run under one claim, from the claim on. */
proctype Execution(byte c; byte r) {
end:
  do
  :: d_step {                                                                                    /* mark.sql */
       listed[IX(c, r)] && EXISTS && MARK_QUEUED && MARK_ATTEMPTS && MARK_ROW ->
         printf("claim %d marks run %d, was %e with %d attempts\n", c, r, status[r], attempts[r]);
         still_open(r);
         demand(past_attempt_wrote, CURRENT && holder[r] == 0);
         status[r] = RUNNING;
         attempts[r]++;
         claim_id[r] = c;
         claimed_by[r] = node_of[c] + 1;
         holder[r] = c;
         demand(began_one_too_many, attempts[r] <= MAXATT || put_back[r]);
         counted(r) }
  :: d_step { listed[IX(c, r)] && EXISTS && SETTLE_QUEUED && SETTLE_ATTEMPTS && SETTLE_ROW -> settle(c, r, ENDED) }
  :: d_step { listed[IX(c, r)] && EXISTS && SETTLE_QUEUED && SETTLE_ATTEMPTS && SETTLE_ROW && att[IX(c, r)] + 1 < MAXATT ->
         settle(c, r, RETRY) }
  :: d_step { listed[IX(c, r)] && EXISTS && SETTLE_RUNNING && SETTLE_CLAIM_ID -> settle(c, r, ENDED) }
  :: d_step { listed[IX(c, r)] && EXISTS && SETTLE_RUNNING && SETTLE_CLAIM_ID && att[IX(c, r)] + 1 < MAXATT ->
         settle(c, r, RETRY) }
  :: d_step {                                                                                    /* hand_back.sql */
       listed[IX(c, r)] && EXISTS && HANDBACK_RUNNING && HANDBACK_CLAIM_ID && attempts[r] > 0 ->
         printf("claim %d hands run %d back, was %e with %d attempts\n", c, r, status[r], attempts[r]);
         still_open(r);
         demand(past_attempt_wrote, CURRENT);
         status[r] = QUEUED;
         attempts[r]--;
         NULL_CLAIM_ID(r);
         claimed_by[r] = 0;
         holder[r] = 0;
#ifdef GIVEN_BACK
         given_back[IX(c, r)] = true;
#endif
         counted(r) }
  od
}

/* A claim row goes: release.sql, or with the statement after which none of its runs needs it. */
proctype Claim(byte c) {
end:
  do
  :: d_step { row[c] -> printf("row of claim %d goes\n", c); row[c] = false }
  od
}

/* claim.sql, by one of two pollers, for one node and one set of runs. */
proctype Poller(bit poller; byte n; byte runs) {
end:
  do
  :: d_step {
       next_claim <= MAXC && EPOCH && !(GONE(n) && lease == poller) &&
#if RUNS > 1
         (!(runs & 2) || CLAIM_QUEUED(1)) &&
#endif
         (!(runs & 1) || CLAIM_QUEUED(0)) ->
         for (i : 0 .. RUNS - 1) {
           if
           :: (runs >> i) & 1 ->
                printf("poller %d: claim %d for node %d lists run %d with %d attempts\n", poller, next_claim, n, i, attempts[i]);
                listed[IX(next_claim, i)] = true;
                att[IX(next_claim, i)] = attempts[i]
           :: else
           fi };
         row[next_claim] = true;
         node_of[next_claim] = n;
         next_claim++ }
  :: d_step { poller == 1 && n == 0 && runs == 1 && lease == 0 -> printf("poller 1 takes over\n"); lease = 1 }
  od
}

/* rescue.sql, the part that concerns one run. One UPDATE a run, however many rows list it. */
inline rescue_run(n, r) {
  hit = false;
  for (j : 1 .. MAXC) {
    if
    :: !hit && row[j] && node_of[j] == n && listed[IX(j, r)] && TAKEN_OUT && EXISTS && RESCUE_QUEUED && RESCUE_ATTEMPTS ->
         hit = true;
         printf("rescue of node %d charges run %d by claim %d, was %e with %d attempts\n", n, r, j, status[r], attempts[r]);
         still_open(r);
         demand(charged_twice, over[r] == att[IX(j, r)] && holder[r] == 0);
#ifdef GIVEN_BACK
         demand(charged_although_given_back, !given_back[IX(j, r)]);
#endif
         attempts[r]++;
         over[r]++;
         status[r] = (attempts[r] >= MAXATT -> ENDED : QUEUED);
         counted(r)
    :: else
    fi };
  if
  :: !hit && EXISTS && RESCUE_RUNNING && RESCUE_HOLDER && RESCUE_OF_MARKED ->
       printf("rescue of node %d puts run %d back, was %e with %d attempts\n", n, r, status[r], attempts[r]);
       still_open(r);
       over[r] = over[r] + (holder[r] != 0);
       holder[r] = 0;
       status[r] = (RESCUE_MAX -> ENDED : QUEUED);
       NULL_CLAIM_ID(r);
       claimed_by[r] = 0;
       counted(r)
  :: else
  fi;
  skip    /* a d_step must not end in a loop or a choice */
}

inline rescue(n, runs) {
  printf("node %d is rescued\n", n);
  for (i : 0 .. RUNS - 1) {
    if
    :: (runs >> i) & 1 -> rescue_run(n, i)
    :: else
    fi };
  for (j : 1 .. MAXC) {
    if
    :: row[j] && node_of[j] == n -> row[j] = false
    :: else
    fi };
  skip
}

/* A rescue that sees these runs. */
proctype Rescuer(byte n; byte runs) {
end:
  do
#ifdef RESCUE_ONCE
  :: d_step { !gone[n] -> rescue(n, runs); gone[n] = true }
#else
  :: d_step { true -> rescue(n, runs) }
#endif
  od
}

/* What happens to a run beside the executions: promote.sql, and a person with psql. */
proctype Hands(byte r) {
end:
  do
  :: d_step { EXISTS && PROMOTE_WAITING ->
         printf("run %d is promoted, was %e\n", r, status[r]);
         still_open(r); status[r] = QUEUED; counted(r) }
  :: d_step { status[r] == RUNNING ->
         printf("a person puts run %d back\n", r);
         status[r] = QUEUED; put_back[r] = true; over[r]++; holder[r] = 0; counted(r) }
  :: d_step { status[r] == QUEUED || status[r] == RETRY || status[r] == RUNNING ->
         printf("a person cancels run %d, was %e with %d attempts\n", r, status[r], attempts[r]);
         over[r] = over[r] + (holder[r] != 0); status[r] = ENDED; holder[r] = 0; counted(r) }
  :: d_step { EXISTS ->
         printf("a person deletes run %d\n", r);
         status[r] = DELETED; attempts[r] = 0; claim_id[r] = 0; claimed_by[r] = 0;
         over[r] = 0; holder[r] = 0; put_back[r] = false }
  od
}

/* All nodes die, each is rescued: is anything lost? Then the world ends, in one and the same state. */
proctype LastRescue() {
  d_step {
    printf("all nodes die\n");
    if :: !GONE(0) -> rescue(0, ALL) :: else fi;
    if :: !GONE(1) -> rescue(1, ALL) :: else fi;
    for (i : 0 .. RUNS - 1) {
      demand(lost, status[i] != RUNNING);
      for (j : 1 .. MAXC) {
        demand(lost, !(row[j] && listed[IX(j, i)] && status[i] == QUEUED && attempts[i] == att[IX(j, i)])) } };
    for (i : 0 .. RUNS - 1) {
      status[i] = DELETED; attempts[i] = 0; claim_id[i] = 0; claimed_by[i] = 0;
      over[i] = 0; holder[i] = 0; put_back[i] = false };
    for (j : 1 .. MAXC) {
      row[j] = false; node_of[j] = 0;
      for (i : 0 .. RUNS - 1) {
#ifdef GIVEN_BACK
        given_back[IX(j, i)] = false;
#endif
        listed[IX(j, i)] = false; att[IX(j, i)] = 0 } };
    next_claim = MAXC + 1;
    lease = 0
  }
}

init {
  byte a; byte b;
  atomic {
    for (a : 0 .. RUNS - 1) {
      status[a] = QUEUED;
      run Hands(a);
      for (b : 1 .. MAXC) { run Execution(b, a) } };
    for (b : 1 .. MAXC) { run Claim(b) };
    for (a : 0 .. NODES - 1) {
      for (b : 1 .. ALL) {
        run Poller(0, a, b);
        run Poller(1, a, b);
        if
        :: HALF_BLIND || b == ALL -> run Rescuer(a, b)
        :: else
        fi } };
    run LastRescue();
    a = 0; b = 0
  }
}
