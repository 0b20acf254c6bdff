package com.agenticverz.nova.store;

import com.agenticverz.nova.setting.Setting;
import java.time.Duration;

/**
 * How to reach the database.
 *
 * @param url for all ordinary statements; may lead to a transaction-pooling PgBouncer
 * @param directUrl for what needs a session of its own, LISTEN and leases; the same as {@code url} without a pooler
 * @param startTimeout how long a node waits at its start for a database that is not there yet
 */
public record DatabaseSettings(DatabaseUrl url, DatabaseUrl directUrl, Duration startTimeout) {

    public static final Setting<DatabaseUrl> URL = new DatabaseUrl.In("database.url");
    public static final Setting<DatabaseUrl> DIRECT_URL = new DatabaseUrl.In("database.direct-url");
    public static final Setting.Seconds START_TIMEOUT =
            new Setting.Seconds("database.start-timeout", Duration.ZERO, Duration.ofDays(1));

    /** @throws com.agenticverz.nova.setting.SettingException when the timeout is out of bounds */
    public DatabaseSettings {
        START_TIMEOUT.check(startTimeout);
    }
}
