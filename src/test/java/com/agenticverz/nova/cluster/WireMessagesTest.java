package com.agenticverz.nova.cluster;

import static org.assertj.core.api.Assertions.assertThat;

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
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.typed.javadsl.Adapter;
import org.apache.pekko.serialization.Serialization;
import org.apache.pekko.serialization.SerializationExtension;
import org.apache.pekko.serialization.SerializerWithStringManifest;
import org.apache.pekko.serialization.jackson.JacksonCborSerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** With the configuration of a real node, over the serializer that a real node uses. */
class WireMessagesTest {

    private static final ActorTestKit KIT = ActorTestKit.create("nova", TestSystems.likeANode());
    private static final Serialization SERIALIZATION = SerializationExtension.get(Adapter.toClassic(KIT.system()));
    private static final ObjectMapper CBOR = new ObjectMapper(new CBORFactory());

    @AfterAll
    static void stop() {
        KIT.shutdownTestKit();
    }

    /** At least one of each; of each that has optional components, one with and one without. */
    static Stream<WireMessage> messages() {
        var fence = new Fence(UUID.randomUUID(), Long.MAX_VALUE, 3);
        var pool = KIT.<Assign>createTestProbe().getRef();
        var demand = new Demand(UUID.randomUUID(), 7, pool, 4, 3, 17, List.of(fence), false, 0);
        var run = new Run(UUID.randomUUID(), "agent", TestRuns.NOOP, 2, 5, 1.5, 1234);
        return Stream.of(
                demand,
                new Demand(UUID.randomUUID(), 7, pool, 0, 0, 0, List.of(), false, 0),
                new Poller.NodeDemand(demand),
                Poller.Wake.UP,
                Poller.Stop.NOW,
                new Assign(17, List.of(run, TestRuns.run()), 3));
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
