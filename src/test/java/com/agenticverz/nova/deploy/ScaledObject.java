package com.agenticverz.nova.deploy;

import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscalerBehavior;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The fields of KEDA's ScaledObject (keda.sh/v1alpha1), of which there is no published Java model. */
record ScaledObject(String apiVersion, String kind, ObjectMeta metadata, Spec spec) {

    record Spec(
            ScaleTargetRef scaleTargetRef,
            @Nullable Integer pollingInterval,
            @Nullable Integer initialCooldownPeriod,
            @Nullable Integer cooldownPeriod,
            @Nullable Integer idleReplicaCount,
            @Nullable Integer minReplicaCount,
            @Nullable Integer maxReplicaCount,
            @Nullable Advanced advanced,
            @Nullable Fallback fallback,
            List<Trigger> triggers) {}

    record ScaleTargetRef(
            String name,
            @Nullable String apiVersion,
            @Nullable String kind,
            @Nullable String envSourceContainerName) {}

    record Advanced(
            @Nullable HorizontalPodAutoscalerConfig horizontalPodAutoscalerConfig,
            @Nullable Boolean restoreToOriginalReplicaCount,
            @Nullable ScalingModifiers scalingModifiers) {}

    record HorizontalPodAutoscalerConfig(
            @Nullable HorizontalPodAutoscalerBehavior behavior,
            @Nullable String name) {}

    record ScalingModifiers(
            @Nullable String formula,
            @Nullable String target,
            @Nullable String activationTarget,
            @Nullable String metricType) {}

    record Fallback(
            int failureThreshold, int replicas, @Nullable String behavior) {}

    record Trigger(
            String type,
            @Nullable String name,
            @Nullable Boolean useCachedMetrics,
            Map<String, String> metadata,
            @Nullable AuthenticationRef authenticationRef,
            @Nullable String metricType) {}

    record AuthenticationRef(String name, @Nullable String kind) {}
}
