package com.agenticverz.nova.node;

import static com.agenticverz.nova.node.TestNode.soon;
import static org.assertj.core.api.Assertions.assertThat;

import com.agenticverz.nova.cluster.TestAuthority;
import com.agenticverz.nova.store.TestDatabase;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Whole nodes in one JVM, with certificates made for the test. */
@Timeout(180)
class ClusterTlsTest {

    @RegisterExtension
    static final TestDatabase DB = TestDatabase.create();

    @TempDir
    private Path folder;

    /**
     * A node that has asked to be let in never begins a cluster, and the first one's heartbeat says that it lives. So
     * whoever is a member is one of the same cluster.
     */
    @Test
    void onlyThoseWithACertificateOfTheSameAuthorityAreLetIn() throws Exception {
        var authority = TestAuthority.in(folder.resolve("ours"));
        var stranger = TestAuthority.in(folder.resolve("theirs")).node("stranger");
        try (var first = TestNode.start(DB, authority.node("first")).awaitMember();
                var second = TestNode.start(DB, authority.node("second")).awaitMember()) {
            assertThat(second.address()).isNotEqualTo(first.address());
            try (var other = TestNode.start(DB, stranger);
                    var plain = TestNode.start(DB, Map.of())) {
                soon().until(() -> DB.one(Long.class, "SELECT count(*) FROM nodes") == 4);

                Awaitility.await()
                        .during(Duration.ofSeconds(10))
                        .atMost(Duration.ofSeconds(60))
                        .until(() -> !other.isMember() && !plain.isMember());

                assertThat(first.isMember() && second.isMember()).isTrue();
            }
            // Nor do those two disturb the others.
            assertThat(first.isMember() && second.isMember()).isTrue();
            assertThat(first.get("/health/ready").statusCode()).isEqualTo(200);
        }
    }
}
