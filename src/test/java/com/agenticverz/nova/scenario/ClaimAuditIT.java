package com.agenticverz.nova.scenario;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** That the audit finds what it looks for. */
class ClaimAuditIT {

    @RegisterExtension
    final Scenario scenario = Scenario.create();

    private void claim(long epoch) {
        scenario.sql()
                .execute("INSERT INTO claims (node_id, epoch, run_ids, attempts) VALUES (gen_random_uuid(), " + epoch
                        + ", '{}', '{}')");
    }

    @Test
    void aClaimOfAPollerThatHasASuccessorIsFound() {
        var claims = ClaimAudit.on(scenario.sql());
        claim(1);
        claim(1);
        claim(2);
        claims.assertOnePollerAtATime();

        claim(1);

        assertThatThrownBy(claims::assertOnePollerAtATime).hasMessageContaining("has a successor");
    }
}
