package com.agenticverz.nova.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.agenticverz.nova.setting.SettingException;
import java.util.Map;
import java.util.Properties;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.Driver;

class DatabaseUrlTest {

    @ParameterizedTest
    @CsvSource(delimiter = '|', nullValues = "-", textBlock = """
                    # URL                                                     | user    | password    | JDBC URL
                    postgresql://u:p@db:5433/nova                             | u       | p           | jdbc:postgresql://db:5433/nova
                    postgres://u:p@db/nova                                    | u       | p           | jdbc:postgresql://db:5432/nova
                    postgresql+psycopg2://u:p@db/nova                         | u       | p           | jdbc:postgresql://db:5432/nova
                    postgresql://db/nova                                      | -       | -           | jdbc:postgresql://db:5432/nova
                    postgresql:///nova                                        | -       | -           | jdbc:postgresql://localhost:5432/nova
                    postgresql://u@db/nova                                    | u       | -           | jdbc:postgresql://db:5432/nova
                    postgresql://u:@db/nova                                   | u       | -           | jdbc:postgresql://db:5432/nova
                    postgresql://u:p@db/nova?sslmode=require                  | u       | p           | jdbc:postgresql://db:5432/nova?sslmode=require
                    postgresql://u:p@db/nova?sslmode=require&connect_timeout=5 | u      | p           | jdbc:postgresql://db:5432/nova?sslmode=require&connectTimeout=5
                    postgresql://u:p@db/nova?target_session_attrs=read-write  | u       | p           | jdbc:postgresql://db:5432/nova?targetServerType=primary
                    postgresql://u:p@[::1]:5433/nova                          | u       | p           | jdbc:postgresql://[::1]:5433/nova
                    postgresql://u:p@[fe80::2]/nova                           | u       | p           | jdbc:postgresql://[fe80::2]:5432/nova
                    postgresql://u:p@one:5433,two,[::3]:5434/nova             | u       | p           | jdbc:postgresql://one:5433,two:5432,[::3]:5434/nova
                    postgresql://u%40corp:p%40%3A%2F%3F%23%25@db/nova         | u@corp  | p@:/?#%       | jdbc:postgresql://db:5432/nova
                    postgresql://u:p%C3%A4%E2%82%AC@db/nova                   | u       | pä€         | jdbc:postgresql://db:5432/nova
                    postgresql://u:p@ss@db/nova                               | u       | p@ss        | jdbc:postgresql://db:5432/nova
                    postgresql://u:p/w?x#y:z@db/nova                          | u       | p/w?x#y:z   | jdbc:postgresql://db:5432/nova
                    postgresql://u:p@s/w@db/nova                              | u       | p@s/w       | jdbc:postgresql://db:5432/nova
                    postgresql://u:100%+1%zz@db/nova                          | u       | 100%+1%zz   | jdbc:postgresql://db:5432/nova
                    postgresql://db/nova?user=u&password=a+b%26c              | u       | a+b&c       | jdbc:postgresql://db:5432/nova
                    postgresql://u:p@db/my%20base                             | u       | p           | jdbc:postgresql://db:5432/my%20base
                    jdbc:postgresql://db:5433/nova?user=u&password=p          | u       | p           | jdbc:postgresql://db:5433/nova
                    jdbc:postgresql://db/nova?user=u&password=a+b%2Bc&ssl=true | u      | a b+c       | jdbc:postgresql://db:5432/nova?ssl=true
                    jdbc:postgresql://one,two:5433/nova?user=u&targetServerType=primary | u | -       | jdbc:postgresql://one:5432,two:5433/nova?targetServerType=primary
                    jdbc:postgresql://u:p@db/nova                             | u       | p           | jdbc:postgresql://db:5432/nova
                    jdbc:postgresql:nova                                      | -       | -           | jdbc:postgresql://localhost:5432/nova
                    """)
    void isTakenApart(String url, String user, String password, String jdbcUrl) {
        DatabaseUrl parsed = DatabaseUrl.parse("DATABASE_URL", url);
        assertThat(parsed.user()).isEqualTo(user);
        assertThat(parsed.password()).isEqualTo(password);
        assertThat(parsed.jdbcUrl()).isEqualTo(jdbcUrl);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    mysql://u:hush@db/nova              | DATABASE_URL does not start with postgresql:// or jdbc:postgresql://; for example postgresql://user:password@host:5432/database. Nova did not start.
                    u:hush@db/nova                      | DATABASE_URL does not start with postgresql:// or jdbc:postgresql://; for example postgresql://user:password@host:5432/database. Nova did not start.
                    postgresql:u:hush@db/nova           | DATABASE_URL has no // after its scheme; for example postgresql://user:password@host:5432/database. Nova did not start.
                    postgresql://u:hush@db              | DATABASE_URL names no database; for example postgresql://user:password@host:5432/database. Nova did not start.
                    postgresql://u:hush@db:99999/nova   | DATABASE_URL has the port 99999; allowed: 1 to 65535. Nova did not start.
                    postgresql://u:hush@db:0/nova       | DATABASE_URL has the port 0; allowed: 1 to 65535. Nova did not start.
                    postgresql://u:hush@db:port/nova    | DATABASE_URL has no host, port and database that can be read; write @ : / ? # % in a user or password as %40 %3A %2F %3F %23 %25. Nova did not start.
                    postgresql://u:hush@::1/nova        | DATABASE_URL has no host, port and database that can be read; write @ : / ? # % in a user or password as %40 %3A %2F %3F %23 %25. Nova did not start.
                    postgresql://u:hush@a?b=c@db/nova   | DATABASE_URL can be read in more than one way; write @ : / ? # % in a user or password as %40 %3A %2F %3F %23 %25. Nova did not start.
                    postgresql://u@db/nova?password=hush | DATABASE_URL gives a user or a password twice: before the host and as a parameter. Nova did not start.
                    postgresql:///nova?host=/run/hush   | DATABASE_URL has the parameter host, which belongs in front, and Unix sockets are not supported; for example postgresql://user:password@host:5432/database. Nova did not start.
                    """)
    void isRefusedWithOneLineThatKeepsThePassword(String url, String line) {
        var refused = catchThrowableOfType(SettingException.class, () -> DatabaseUrl.parse("DATABASE_URL", url));
        assertThat(refused).hasMessage(line);
        assertThat(refused.getMessage()).doesNotContain("hush").doesNotContain("\n");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"postgresql://u:hush@db/nova?sslpassword=hush", "jdbc:postgresql://db/nova?user=u&password=hush"
            })
    void isPrintedWithoutPasswordAndParameters(String url) {
        DatabaseUrl parsed = DatabaseUrl.parse("DATABASE_URL", url);
        assertThat(parsed).hasToString("postgresql://u@db:5432/nova");
        assertThat(new DatabaseSettings(parsed, parsed, java.time.Duration.ofSeconds(1)).toString())
                .doesNotContain("hush");
    }

    @Test
    void isReadTheSameWayByTheDriver() {
        Properties asTheDriverReadsIt = Driver.parseURL(
                DatabaseUrl.parse("DATABASE_URL", "postgresql://u:p@one:1,[::2]:2/my%20b%2Fse?options=-c%20a=b")
                        .jdbcUrl(),
                new Properties());
        assertThat(asTheDriverReadsIt)
                .containsAllEntriesOf(Map.of(
                        "PGHOST", "one,[::2]",
                        "PGPORT", "1,2",
                        "PGDBNAME", "my b/se",
                        "options", "-c a=b"));
    }
}
