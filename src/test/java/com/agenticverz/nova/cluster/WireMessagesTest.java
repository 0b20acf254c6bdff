package com.agenticverz.nova.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import com.agenticverz.nova.claim.Poller;
import com.agenticverz.nova.execute.Assign;
import com.agenticverz.nova.execute.Demand;
import com.agenticverz.nova.run.Fence;
import com.agenticverz.nova.run.Run;
import com.agenticverz.nova.run.TestRuns;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.cbor.CBORFactory;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.typed.ActorRefResolver;
import org.apache.pekko.actor.typed.javadsl.Adapter;
import org.apache.pekko.serialization.Serialization;
import org.apache.pekko.serialization.SerializationExtension;
import org.apache.pekko.serialization.SerializerWithStringManifest;
import org.apache.pekko.serialization.jackson.JacksonCborSerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** With the configuration of a real node, over the serializer that a real node uses. */
class WireMessagesTest {

    private static final ActorTestKit KIT = ActorTestKit.create("nova", TestSystems.likeANode());
    private static final Serialization SERIALIZATION = SerializationExtension.get(Adapter.toClassic(KIT.system()));
    private static final long FRAME =
            KIT.system().settings().config().getBytes("pekko.remote.artery.advanced.maximum-frame-size");
    private static final ObjectMapper CBOR = new ObjectMapper(new CBORFactory());

    @AfterAll
    static void stop() {
        KIT.shutdownTestKit();
    }

    /** At least one of each; of each that has optional components, one with and one without. */
    static Stream<WireMessage> messages() {
        var fence = new Fence(UUID.randomUUID(), Long.MAX_VALUE, 3);
        var pool = KIT.<Assign>createTestProbe().getRef();
        var demand = new Demand(
                UUID.randomUUID(),
                7,
                pool,
                4,
                3,
                17,
                List.of(fence),
                false,
                0,
                1500L,
                List.of(fence),
                List.of("greet"));
        var run = new Run(UUID.randomUUID(), "agent", TestRuns.NOOP, 2, 5, 1.5, 1234);
        return Stream.of(
                demand,
                new Demand(UUID.randomUUID(), 7, pool, 0, 0, 0, List.of(), false, 0, null, List.of(), List.of()),
                new Poller.NodeDemand(demand),
                Poller.Wake.UP,
                Poller.Stop.NOW,
                Assign.of(17, List.of(run, TestRuns.run()), 3),
                new Assign(17, List.of(), 3, 7));
    }

    @ParameterizedTest
    @MethodSource("messages")
    void aMessageComesThroughAsItWas(WireMessage message) {
        var serializer = serializer(message);

        var bytes = SERIALIZATION.serialize(message).get();
        var arrived = SERIALIZATION
                .deserialize(bytes, serializer.identifier(), serializer.manifest(message))
                .get();

        assertThat(serializer).isInstanceOf(JacksonCborSerializer.class);
        assertThat(arrived).isEqualTo(message);
    }

    @ParameterizedTest
    @MethodSource("messages")
    void aMessageOfALaterVersionCanBeRead(WireMessage message) throws Exception {
        if (message instanceof Enum<?>) {
            // It has no fields to add to.
            return;
        }
        var serializer = serializer(message);
        var later = CBOR.readTree(SERIALIZATION.serialize(message).get());
        addAField(later);

        var arrived = SERIALIZATION
                .deserialize(CBOR.writeValueAsBytes(later), serializer.identifier(), serializer.manifest(message))
                .get();

        assertThat(arrived).isEqualTo(message);
    }

    /** Of the version before these components were added. */
    static Stream<Arguments> earlier() {
        var pool = KIT.<Assign>createTestProbe().getRef();
        var node = UUID.randomUUID();
        var run = TestRuns.run();
        return Stream.of(
                arguments(new Assign(17, List.of(run), 3, 0), List.of("unread")),
                arguments(
                        new Demand(node, 0, pool, 4, 0, 17, List.of(), false, 0, null, null, null),
                        List.of(
                                "memberUid",
                                "idle",
                                "requeued",
                                "databaseSilentMillis",
                                "dueInMillis",
                                "marked",
                                "missingSkills")));
    }

    @ParameterizedTest
    @MethodSource("earlier")
    void aMessageOfAnEarlierVersionMeansWhatItMeantThen(WireMessage message, List<String> added) throws Exception {
        var serializer = serializer(message);
        var earlier =
                (ObjectNode) CBOR.readTree(SERIALIZATION.serialize(message).get());
        assertThat(earlier.fieldNames()).toIterable().containsAll(added);
        earlier.remove(added);

        var arrived = SERIALIZATION
                .deserialize(CBOR.writeValueAsBytes(earlier), serializer.identifier(), serializer.manifest(message))
                .get();

        assertThat(arrived).isEqualTo(message);
    }

    // --- the size of a frame

    @Test
    void theLargestAssignmentThatCarriesItsRunsTakesHalfAFrame() {
        // The longest characters there are in UTF-8: three bytes for one char.
        var wide = Stream.generate(() -> run("\u20ac".repeat(1000), "\u20ac".repeat(333)))
                .limit(123)
                .toList();
        var narrow = Stream.generate(() -> run("x", "a")).limit(2500).toList();

        for (var runs : List.of(wide, narrow)) {
            var assign = Assign.of(Long.MAX_VALUE, runs, Long.MAX_VALUE);
            assertThat(assign.runs()).isEqualTo(runs);
            assertThat(bytes(assign)).isLessThan(FRAME / 2).isGreaterThan(FRAME / 8);
        }
    }

    @Test
    void noAssignmentIsTooLargeForAFrame() {
        var most = Stream.generate(() -> run("x".repeat(100), "a".repeat(1000)))
                .limit(10_000)
                .toList();
        var large = List.of(run("x".repeat(1 << 20), "a"));

        for (var runs : List.of(most, large)) {
            var assign = Assign.of(17, runs, 3);
            assertThat(assign).isEqualTo(new Assign(17, List.of(), 3, runs.size()));
            assertThat(bytes(assign)).isLessThan(1000);
        }
    }

    @Test
    void theLargestDemandTakesLessThanHalfAFrame() {
        var fences = Stream.generate(() -> new Fence(UUID.randomUUID(), Long.MAX_VALUE, Integer.MAX_VALUE))
                .limit(2000)
                .toList();
        var pool = KIT.<Assign>createTestProbe().getRef();
        var demand = new Demand(
                UUID.randomUUID(),
                Long.MIN_VALUE,
                pool,
                10_000,
                10_000,
                Long.MAX_VALUE,
                fences,
                true,
                Long.MAX_VALUE,
                Long.MAX_VALUE,
                fences,
                List.of());

        assertThat(bytes(new Poller.NodeDemand(demand))).isLessThan(FRAME / 2);
    }

    @Test
    void anAssignmentOfHalfAFrameArrivesOnAnotherNode() {
        var other = ActorTestKit.create("nova", TestSystems.likeANode());
        try {
            var pool = other.<Assign>createTestProbe();
            var address = ActorRefResolver.get(other.system()).toSerializationFormat(pool.getRef());
            var there = ActorRefResolver.get(KIT.system()).<Assign>resolveActorRef(address);
            var runs = Stream.generate(() -> run("x".repeat(100_000), "a"))
                    .limit(1)
                    .toList();
            var wide = Assign.of(1, List.of(run("\u20ac".repeat(170_000), "a")), 3);
            assertThat(wide.unread()).isZero();

            there.tell(wide);
            there.tell(Assign.of(2, runs, 3));

            assertThat(pool.receiveMessage(Duration.ofSeconds(20))).isEqualTo(wide);
            assertThat(pool.receiveMessage(Duration.ofSeconds(20)).runs()).isEqualTo(runs);
        } finally {
            other.shutdownTestKit();
        }
    }

    private static Run run(String plan, String agentId) {
        return new Run(UUID.randomUUID(), agentId, plan, Integer.MAX_VALUE, Integer.MAX_VALUE, Math.PI, Long.MAX_VALUE);
    }

    private static long bytes(WireMessage message) {
        return SERIALIZATION.serialize(message).get().length;
    }

    @Test
    void noMessageIsMissingHere() {
        var implementations = new ClassFileImporter()
                .withImportOption(new ImportOption.DoNotIncludeTests()).importPackages("com.agenticverz.nova").stream()
                        .filter(it -> it.isAssignableTo(WireMessage.class) && !it.isInterface())
                        .map(JavaClass::getName)
                        .toList();

        assertThat(implementations).isNotEmpty();
        assertThat(messages().map(it -> it.getClass().getName()).distinct())
                .containsExactlyInAnyOrderElementsOf(implementations);
    }

    /** To every object in it. */
    private static void addAField(com.fasterxml.jackson.databind.JsonNode node) {
        node.forEach(WireMessagesTest::addAField);
        if (node instanceof ObjectNode object) {
            object.put("since_the_next_version", "something");
        }
    }

    private static SerializerWithStringManifest serializer(WireMessage message) {
        return (SerializerWithStringManifest) SERIALIZATION.findSerializerFor(message);
    }
}
