package com.agenticverz.nova.deploy;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.cfg.CoercionAction;
import com.fasterxml.jackson.databind.cfg.CoercionInputShape;
import com.fasterxml.jackson.databind.introspect.Annotated;
import com.fasterxml.jackson.databind.introspect.JacksonAnnotationIntrospector;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.type.LogicalType;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Reads YAML as the Kubernetes API server does when it is told to be strict: a field that the kind has not, a field that
 * is there twice, and a number where a text belongs are refused.
 */
final class StrictYaml {

    private static final Map<String, Class<?>> KINDS = Map.of(
            "apps/v1 StatefulSet", StatefulSet.class,
            "keda.sh/v1alpha1 ScaledObject", ScaledObject.class,
            "networking.k8s.io/v1 NetworkPolicy", NetworkPolicy.class,
            "policy/v1 PodDisruptionBudget", PodDisruptionBudget.class,
            "v1 ConfigMap", ConfigMap.class,
            "v1 Secret", Secret.class,
            "v1 Service", Service.class);

    private static final JsonMapper YAML = mapper();

    private StrictYaml() {}

    private static JsonMapper mapper() {
        var mapper = JsonMapper.builder(YAMLFactory.builder().build())
                .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
                .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
                .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
                .annotationIntrospector(new JacksonAnnotationIntrospector() {
                    // The model keeps what it does not know in a map of additional properties. Not here.
                    @Override
                    public Boolean hasAnySetter(Annotated annotated) {
                        return false;
                    }
                })
                .build();
        for (var shape : List.of(CoercionInputShape.Integer, CoercionInputShape.Float, CoercionInputShape.Boolean)) {
            mapper.coercionConfigFor(LogicalType.Textual).setCoercion(shape, CoercionAction.Fail);
        }
        return mapper;
    }

    /** All documents of a file, without a look at what they are. */
    static List<JsonNode> trees(String yaml) throws IOException {
        try (var documents = YAML.readerFor(JsonNode.class).<JsonNode>readValues(yaml)) {
            var all = new ArrayList<JsonNode>();
            while (documents.hasNextValue()) {
                all.add(documents.nextValue());
            }
            return all;
        }
    }

    /** All Kubernetes objects of a file, each as what its {@code apiVersion} and {@code kind} say. */
    static List<Object> objects(String yaml) throws IOException {
        var all = new ArrayList<Object>();
        for (var tree : trees(yaml)) {
            all.add(object(tree));
        }
        return all;
    }

    private static Object object(JsonNode tree) throws JsonProcessingException {
        var kind = tree.path("apiVersion").asText() + " " + tree.path("kind").asText();
        if (!KINDS.containsKey(kind)) {
            throw new IllegalArgumentException("no model of '" + kind + "'; there are " + KINDS.keySet());
        }
        return YAML.treeToValue(tree, KINDS.get(kind));
    }

    /** What an object is called. */
    static String name(Object object) {
        return switch (object) {
            case HasMetadata known -> known.getMetadata().getName();
            case ScaledObject scaled -> scaled.metadata().getName();
            default -> throw new IllegalArgumentException("not an object with a name: " + object);
        };
    }
}
