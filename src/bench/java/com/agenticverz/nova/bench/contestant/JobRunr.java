package com.agenticverz.nova.bench.contestant;

import com.zaxxer.hikari.HikariDataSource;
import java.sql.SQLException;
import java.time.Duration;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;
import org.jobrunr.jobs.lambdas.JobRequest;
import org.jobrunr.jobs.lambdas.JobRequestHandler;
import org.jobrunr.scheduling.BackgroundJobRequest;
import org.jobrunr.server.BackgroundJobServer;
import org.jobrunr.server.BackgroundJobServerConfiguration;
import org.jobrunr.storage.sql.common.SqlStorageProviderFactory;

/** JobRunr with the shortest poll that it allows and as many workers as a poll can hand out at once. */
public final class JobRunr implements Contestant {

    private static final int WORKERS = 128;
    private static final Duration POLL_INTERVAL = Duration.ofSeconds(5);
    private static final int CONNECTIONS = 20;

    /** Every state but succeeded and deleted, so that the index on it is used. */
    private static final String UNFINISHED = "SELECT 1 FROM jobrunr_jobs"
            + " WHERE state IN ('AWAITING', 'SCHEDULED', 'ENQUEUED', 'PROCESSING', 'PROCESSED', 'FAILED')";

    private static volatile IntConsumer handler = _ -> {};

    private final HikariDataSource pool = Databases.pool(CONNECTIONS);

    private JobRunr() {}

    /** The contestant's process. */
    public static void main(String[] arguments) {
        Conversation.serve(new JobRunr());
    }

    /** A job that does nothing. */
    public record Noop(int id) implements JobRequest {
        @Override
        public Class<NoopHandler> getJobRequestHandler() {
            return NoopHandler.class;
        }
    }

    /** JobRunr makes one of it when it needs it. */
    public static final class NoopHandler implements JobRequestHandler<Noop> {
        /** For JobRunr. */
        public NoopHandler() {}

        @Override
        public void run(Noop job) {
            handler.accept(job.id());
        }
    }

    @Override
    public About setup() {
        org.jobrunr.configuration.JobRunr.configure()
                .useStorageProvider(SqlStorageProviderFactory.using(pool))
                .useBackgroundJobServer(
                        BackgroundJobServerConfiguration.usingStandardBackgroundJobServerConfiguration()
                                .andPollInterval(POLL_INTERVAL)
                                .andWorkerCount(WORKERS),
                        false)
                .initialize();
        return new About(
                Versions.of(BackgroundJobServer.class),
                "poll interval %d s, %d workers".formatted(POLL_INTERVAL.toSeconds(), WORKERS),
                UNFINISHED);
    }

    @Override
    public void work(IntConsumer handled) {
        handler = handled;
        server().start();
    }

    /** It saves a stream in transactions of its own, so the server pauses meanwhile. A queue that grew has been analyzed since. */
    @Override
    public void fill(int jobs) throws SQLException {
        server().pauseProcessing();
        enqueue(jobs);
        try (var connection = pool.getConnection()) {
            Databases.analyze(connection, "jobrunr_jobs");
        }
    }

    @Override
    public void release() {
        server().resumeProcessing();
    }

    @Override
    public void enqueueOne(int id) {
        BackgroundJobRequest.enqueue(new Noop(id));
    }

    @Override
    public void enqueue(int jobs) {
        BackgroundJobRequest.enqueue(IntStream.range(0, jobs).mapToObj(Noop::new));
    }

    @Override
    public void stop() {
        org.jobrunr.configuration.JobRunr.destroy();
        pool.close();
    }

    private static BackgroundJobServer server() {
        return org.jobrunr.configuration.JobRunr.getBackgroundJobServer();
    }
}
